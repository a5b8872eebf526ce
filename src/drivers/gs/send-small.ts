import type { Transport } from '../../http/transport.ts';
import type { SmallObjects } from '../../storage/quick-many.ts';
import type { Login } from './auth.ts';
import type { GsRequest, Header } from './request.ts';

/** A request about a small object; `bytes` are its body. */
export interface SmallObject extends Pick<GsRequest, 'method' | 'target' | 'headers'> {
  readonly bytes?: Uint8Array;
}
interface Line {
  readonly base: string;
  readonly transport: Transport;
  readonly login: Login;
  withLogin(headers: readonly Header[], token: string | undefined): readonly Header[];
  readonly state: { hasSeenBucket: boolean };
}

/** Sends requests about small objects, one try each, with no promise for each: see `Quick.readMany`. */
export async function sendSmall({ next, room, signal }: SmallObjects<SmallObject>, { base, transport, login, withLogin, state }: Line): Promise<void> {
  const isAnonymous = (await login.token(signal)) === undefined;
  const origin = new URL(base);
  const folder = origin.pathname === '/' ? '' : origin.pathname;
  await transport.sendSmall?.({
    origin, signal,
    next() {
      // With a token that is nearly over it ends here: the other verbs wait for a new one.
      const token = login.current();
      const one = token === undefined && !isAnonymous ? undefined : next();
      return one && { method: one.method, target: `${folder}${one.target}`, headers: withLogin(one.headers ?? [], token), body: one.bytes, land: one.land, take(answer, body) {
        state.hasSeenBucket ||= answer?.status === 200;
        one.take(answer, body);
      } };
    },
    // The first one goes alone: what is wrong with it would be wrong with all.
    room: () => (state.hasSeenBucket ? room() : 1),
  });
}

import { hostname } from 'node:os';
import { TowlineError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-auth.ts';
import { readText } from '../../http/bounded.ts';
import type { Transport } from '../../http/transport.ts';
import type { FileserverOptions } from './options.ts';
import { fileserverError } from './errors.ts';

/** The token that every request to the file server carries. */
export interface Login {
  /** Undefined where nothing is known to log in with: servers before June 2024, and open ones, want no token. */
  token(signal: AbortSignal | undefined): Promise<string | undefined>;
  /** The server refused this token. True when another can be had. */
  discard(token: string): boolean;
}

/** A token is renewed so long before it ends (`api.auth.token_expiration_threshold_sec`). */
const MARGIN_MS = 360_000;
/** A login is one question: whoever asks late waits for the answer to the first. */
interface Held { readonly value: Promise<string>; readonly endsAt: () => number }

export function createLogin({ api_server: api, access_key: key, secret_key: secret, token }: FileserverOptions, transport: Transport, now: () => number): Login {
  if (token !== undefined && api === undefined) return { token: async () => token, discard: () => false };
  if (api === undefined || ((key === undefined || secret === undefined) && token === undefined)) return { token: async () => undefined, discard: () => false };
  const authorization = token === undefined ? basicAuthorization({ user: key ?? '', password: secret ?? '' }) : `Bearer ${token}`;
  let held: Held | undefined;
  return {
    async token(signal) {
      if (held === undefined || held.endsAt() - now() < MARGIN_MS) held = ask(() => logIn(transport, { api, authorization, now, signal }));
      const mine = held;
      try {
        return await mine.value;
      } catch (error) {
        if (held === mine) held = undefined;
        throw error;
      }
    },
    discard() {
      held = undefined;
      return true;
    },
  };
}

function ask(fetchToken: () => Promise<string>): Held {
  let endsAt = Number.POSITIVE_INFINITY;
  const value = fetchToken().then((token) => {
    endsAt = expiryOf(token);
    return token;
  });
  return { value, endsAt: () => endsAt };
}

interface LogIn { readonly api: string; readonly authorization: string; readonly now: () => number; readonly signal: AbortSignal | undefined }

async function logIn(transport: Transport, { api, authorization, now, signal }: LogIn): Promise<string> {
  const machine = hostname();
  const response = await transport.send({
    method: 'GET', url: new URL(`${api}/auth.login`), ...(signal && { signal }),
    headers: [['authorization', authorization], ['x-clearml-worker', machine], ['x-trains-worker', machine], ['x-clearml-client', 'towline'], ['accept-encoding', 'identity']],
  });
  if (response.status !== 200) throw await fileserverError(response, `logging in at ${api}`, { method: 'GET', now: now() });
  const text = await readText(response, 1 << 20);
  const token = tokenIn(text);
  if (token !== undefined) return token;
  throw new TowlineError('UNAUTHENTICATED', `${api} answered to the login without a token`, { hint: 'Check that api.api_server of clearml.conf is the API (port 8008), not the web server.' });
}

function tokenIn(text: string): string | undefined {
  try {
    const answer = JSON.parse(text) as { readonly data?: { readonly token?: unknown } } | null;
    return typeof answer?.data?.token === 'string' && /^[\x21-\x7e]+$/.test(answer.data.token) ? answer.data.token : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** When a JSON web token ends; one that does not say so is kept until it is refused. */
function expiryOf(token: string): number {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { readonly exp?: unknown } | null;
    return typeof claims?.exp === 'number' ? claims.exp * 1000 : Number.POSITIVE_INFINITY;
  } catch (error) {
    if (error instanceof SyntaxError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

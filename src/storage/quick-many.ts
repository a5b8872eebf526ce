import type { Landing, SmallAnswer, SmallRequest, SmallRequests } from '../http/transport.ts';
import type { QuickMany, QuickReads } from './quick.ts';

/** Requests about small objects, as a driver writes them, each with what takes its answer. */
export interface SmallObjects<Asked> extends Pick<SmallRequests, 'room' | 'signal'> {
  next(): (Asked & Pick<SmallRequest, 'land' | 'take'>) | undefined;
}
/** What a verb for many objects needs of a driver. */
export interface ManySession<Asked> {
  readonly client: { sendSmall(requests: SmallObjects<Asked>): Promise<void> };
}
/** How one of many is asked for, and what its answer comes to. */
export interface ManyVerb<Item, Result, Session, Asked> {
  asked(item: Item, session: Session): Asked;
  /** `isUsual` is false where the service is not as expected. It must not throw. */
  taken(item: Item, answer: SmallAnswer | undefined, body: Uint8Array | Landing | undefined): { readonly result: Result; readonly isUsual: boolean };
}

/** Makes the quick verbs for many objects of one driver. After the first answer that was not expected the plain verbs have the rest, for good. */
export function createMany<Asked extends object, Session extends ManySession<Asked>>(session: () => Session): <Item, Result>(wanted: QuickMany<Item, Result> & Pick<QuickReads<Item>, 'land'>, verb: ManyVerb<Item, Result, Session, Asked>) => Promise<void> {
  let isShut = false;
  return async ({ next, room, take, land, signal }, { asked, taken }) => {
    if (isShut) return;
    try {
      const open = session();
      await open.client.sendSmall({ room, signal, next() {
        const item = isShut ? undefined : next();
        return item && { ...asked(item, open), land: land && ((size) => land(item, size)), take(answer, body) {
          const { result, isUsual } = taken(item, answer, body);
          isShut ||= !isUsual;
          take(item, result);
        } };
      } });
    } catch {
      // The plain verb meets the same, and knows what to do and to say.
      isShut = true;
    }
  };
}

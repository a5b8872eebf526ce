import { hasCode } from '../../errors.ts';
import { abortable } from '../../storage/call.ts';
import type { Path } from '../../storage/path.ts';
import type { Server } from './server.ts';

const LOOKS = 8;

/** Looks again for an object that is not there when its writer here has its turn just now: where MOVE deletes first what it replaces, it is gone for a moment. */
export async function pastGap<T>(server: Server, { path, signal }: { readonly path: Path; readonly signal: AbortSignal | undefined }, look: () => Promise<T>): Promise<T> {
  const { learned, turns } = server;
  for (let looks = 1; ; looks += 1) {
    const [turn, count] = [turns.get(path), learned.moveCount];
    try {
      return await look();
    } catch (error) {
      const mayBeGap = turn !== undefined || turns.has(path) || (looks === 1 && learned.moveCount !== count);
      if (!hasCode(error, 'NOT_FOUND') || !mayBeGap || looks === LOOKS || learned.profile?.replacesWithGap === false) throw error;
      await abortable(turns.get(path) ?? Promise.resolve(), signal);
    }
  }
}

import { hasCode } from '../../errors.ts';
import { abortable } from '../../storage/call.ts';
import type { Path } from '../../storage/path.ts';
import type { Learned, Server } from './server.ts';

const LOOKS = 8;
/** Of more moves than that during one look nobody knows which they were. */
const KEPT = 64;

/** Looks again for an object that is not there when its writer here has its turn just now: where MOVE deletes first what it replaces, it is gone for a moment. */
export async function pastGap<T>(server: Pick<Server, 'learned' | 'turns'>, { path, signal }: { readonly path: Path; readonly signal: AbortSignal | undefined }, look: () => Promise<T>): Promise<T> {
  const { learned, turns } = server;
  for (let looks = 1; ; looks += 1) {
    const [turn, count] = [turns.get(path), learned.moveCount];
    try {
      return await look();
    } catch (error) {
      const mayBeGap = turn !== undefined || turns.has(path) || wasMoved(learned, path, count);
      if (!hasCode(error, 'NOT_FOUND') || !mayBeGap || looks === LOOKS || learned.profile?.replacesWithGap === false) throw error;
      await abortable(turns.get(path) ?? Promise.resolve(), signal);
    }
  }
}

/** An object was given its name. */
export function noteMove(learned: Learned, path: Path): void {
  learned.moveCount += 1;
  if (learned.lastMoved.push(path) > KEPT) learned.lastMoved.shift();
}

function wasMoved({ moveCount, lastMoved }: Learned, path: Path, count: number): boolean {
  const since = moveCount - count;
  return since > lastMoved.length || lastMoved.slice(lastMoved.length - since).includes(path);
}

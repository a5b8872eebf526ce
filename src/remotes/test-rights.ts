import { hasCode, type TowlineError } from '../errors.ts';
import type { Case } from '../storage/conformance/index.ts';
import { joinPath, type Path } from '../storage/path.ts';
import type { Storage } from '../storage/storage.ts';

/** What one may be allowed or not. */
export type Right = 'list' | 'write' | 'read' | 'delete';
/** One right, as tried once. */
export interface TriedRight {
  readonly right: Right;
  /** The refusal, when there was one. */
  readonly denied?: TowlineError;
  readonly ms: number;
}

/** Tries what one is allowed at all, with one object: a lack is then said once, not by every case. */
export async function tryRights(storage: Storage, scratch: Path, now: () => number): Promise<readonly TriedRight[]> {
  const { driver } = storage;
  const probe = joinPath(scratch, 'probe');
  const tries: readonly (readonly [Right, (() => Promise<unknown>) | undefined])[] = [
    ['list', driver.list && (async () => await driver.list?.(scratch))],
    ['write', driver.write && (async () => await storage.writeBytes(probe, Buffer.from('probe')))],
    ['read', async () => await storage.find(probe) && await storage.readBytes(probe, { limit: 64 })],
    ['delete', driver.delete && (async () => { for (const { error } of await driver.delete?.([{ path: probe }]) ?? []) if (error) throw error; })],
  ];
  const tried: TriedRight[] = [];
  for (const [right, attempt] of tries) if (attempt) tried.push(await tryRight(right, attempt, now));
  return tried;
}

async function tryRight(right: Right, attempt: () => Promise<unknown>, now: () => number): Promise<TriedRight> {
  const begun = now();
  try {
    await attempt();
  } catch (error) {
    if (hasCode(error, 'PERMISSION_DENIED')) return { right, denied: error, ms: now() - begun };
    // What is wrong in another way is no lack of rights: the cases say it.
    if (!hasCode(error, 'NOT_FOUND') && !hasCode(error, 'UNSUPPORTED')) throw error;
  }
  return { right, ms: now() - begun };
}

/** The cases that can be tried without some right: none that writes, for what cannot be listed and deleted would stay there. */
export function isHarmless({ needs }: Case): boolean {
  return needs.length === 0;
}

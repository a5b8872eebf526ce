import { hasCode, TowlineError } from '../errors.ts';
import { cases, type CaseResult, runCases } from '../storage/conformance/index.ts';
import type { Opening } from '../storage/definition.ts';
import { joinPath, parsePath, type Path } from '../storage/path.ts';
import type { Storage } from '../storage/storage.ts';
import { openRemote } from './open.ts';
import type { Remote } from './remote.ts';
import { isHarmless, type TriedRight, tryRights } from './test-rights.ts';

/** What a remote can do, as tried. */
export interface RemoteReport {
  readonly name: string;
  readonly displayUrl: string;
  readonly checks: readonly (Pick<CaseResult, 'name' | 'outcome' | 'ms'> & { readonly reason?: string })[];
  /** The median of some calls that ask for an absent object. */
  readonly roundTripMs: number;
  /** How far the service's clock is ahead of ours, where it tells the time of a change. */
  readonly clockSkewSeconds?: number;
  /** The folder that could not be removed afterwards. */
  readonly left?: string;
}

/** Runs every promise of the driver contract against a remote, in a folder of its own that is removed afterwards. */
export async function testRemote(remote: Remote, opening: Opening, signal?: AbortSignal): Promise<RemoteReport> {
  const storage = await openStorage(remote, opening);
  const scratch = parsePath(`.towline-test-${Buffer.from(opening.randomBytes(8)).toString('hex')}`);
  try {
    const roundTripMs = await measureRoundTrip(storage, scratch, opening.now);
    const reopen = async (): Promise<Storage['driver']> => (await openStorage(remote, opening)).driver;
    const rights = await tryRights(storage, scratch, opening.now);
    const isAllowed = rights.every(({ denied }) => denied === undefined);
    const results = await runCases(storage.driver, scratch, { cases: isAllowed ? cases : cases.filter(isHarmless), now: opening.now, reopen, ...(signal && { signal }) });
    const clockSkewSeconds = isAllowed ? await measureSkew(storage, scratch, opening.now) : undefined;
    const isClean = isAllowed ? await removeAll(storage, scratch) : !leavesProbe(rights);
    return {
      name: remote.name,
      displayUrl: storage.driver.displayUrl,
      checks: [...rights.map(checkOf), ...results.map(({ name, outcome, ms, reason }) => ({ name, outcome, ms, ...(reason !== undefined && { reason }) }))],
      roundTripMs,
      ...(clockSkewSeconds !== undefined && { clockSkewSeconds }),
      ...(!isClean && { left: scratch }),
    };
  } finally {
    await storage.close();
  }
}

function checkOf({ right, denied, ms }: TriedRight): RemoteReport['checks'][number] {
  const name = `rights: to ${right}`;
  return denied ? { name, outcome: 'failed', reason: [denied.message, ...(denied.hint === undefined ? [] : [denied.hint])].join('. '), ms } : { name, outcome: 'passed', ms };
}

function leavesProbe(rights: readonly TriedRight[]): boolean {
  const has = (wanted: TriedRight['right']): boolean => rights.some(({ right, denied }) => right === wanted && denied === undefined);
  return has('write') && !has('delete');
}

async function openStorage(remote: Remote, opening: Opening): Promise<Storage> {
  const place = await openRemote(remote, opening);
  if (place.kind === 'storage') return place.storage;
  throw new TowlineError('UNSUPPORTED', `remote '${remote.name}' is a registry, which has no files to try`);
}

async function measureRoundTrip(storage: Storage, scratch: Path, now: () => number): Promise<number> {
  const times: number[] = [];
  for (let tries = 0; tries < 5; tries++) {
    const begun = now();
    try {
      await storage.find(joinPath(scratch, 'absent'));
    } catch (error) {
      // A refusal has gone to the service and back as well; which right is missing is found out next.
      if (!hasCode(error, 'PERMISSION_DENIED')) throw error;
    }
    times.push(now() - begun);
  }
  return times.sort((a, b) => a - b)[2] ?? 0;
}

async function measureSkew(storage: Storage, scratch: Path, now: () => number): Promise<number | undefined> {
  if (!storage.driver.write) return undefined;
  try {
    const before = now();
    const { entry } = await storage.writeBytes(joinPath(scratch, 'clock'), Buffer.from('now'));
    const { modifiedAt } = entry.modifiedAt === undefined ? await storage.driver.stat(entry.path) : entry;
    return modifiedAt === undefined ? undefined : (modifiedAt - (before + now()) / 2) / 1000;
  } catch (error) {
    // The cases have said already what fails; the clock is only a finding beside them.
    if (error instanceof TowlineError) return undefined;
    throw error;
  }
}

async function removeAll(storage: Storage, scratch: Path): Promise<boolean> {
  if (!storage.driver.list || !storage.driver.delete) return false;
  let isClean = true;
  try {
    for await (const entries of storage.walk(scratch)) for await (const { error } of storage.remove(entries)) if (error) isClean = false;
    if (storage.driver.traits.listing === 'directory' && !(await removeFolders(storage, scratch))) isClean = false;
  } catch (error) {
    if (!hasCode(error, 'PERMISSION_DENIED') && !hasCode(error, 'UNSUPPORTED')) throw error;
    isClean = false;
  }
  return isClean;
}

/** Where folders are things of their own, those of the cases are left empty. False when one stays. */
async function removeFolders(storage: Storage, folder: Path): Promise<boolean> {
  const { driver } = storage;
  for (const { path, kind } of (await driver.list?.(folder))?.entries ?? []) if (kind === 'directory' && !(await removeFolders(storage, path))) return false;
  const results = await driver.delete?.([{ path: folder }]);
  return results?.every(({ error }) => error === undefined) ?? false;
}

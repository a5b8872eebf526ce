import { TowlineError } from '../../../errors.ts';
import type { Disk } from '../../../disk/disk.ts';
import { statFile } from '../../../disk/read.ts';
import { temporaryPath } from '../../../disk/temporary.ts';
import { openZip } from '../../../storage/archive/open-zip.ts';
import { throwIfAborted } from '../../../storage/call.ts';
import { fromFile } from '../../../storage/file-source.ts';
import { bodyOf } from '../../../storage/request-body.ts';
import type { Source } from '../../../storage/source.ts';
import type { PutOptions, StateChange, StateHolder, TakenState, TakeOptions } from '../../state.ts';
import { checkState } from '../zip/check-state.ts';
import { compareMembers } from '../zip/compare.ts';
import { merged } from '../zip/merge.ts';
import { readMetadata } from '../zip/metadata.ts';
import { writeState } from '../zip/write-state.ts';
import { takenFrom, type StatePlace } from '../zip/zip-state.ts';
import type { LocalStackLent, LocalStackRuntime } from './runtime.ts';

export interface LocalStackPlace extends Omit<StatePlace, 'path'> {
  readonly endpoint: URL;
  readonly runtime: LocalStackRuntime;
  readonly wait: LocalStackLent['wait'];
}

const MOST_TRIES = 3;
const PAUSE_MILLISECONDS = 500;

/** The state of a running LocalStack. A load is not one step there: what it says of each service is passed on. */
export function createLocalStackState(place: LocalStackPlace): StateHolder {
  return { displayName: `LocalStack on ${place.endpoint.origin}`, take: (options) => take(place, options), put: (zip, options) => put(place, zip, options) };
}

async function take(place: LocalStackPlace, { services, signal }: TakeOptions = {}): Promise<TakenState> {
  const { runtime, disk, scratch, platform } = place;
  const call = signal === undefined ? {} : { signal };
  const environment = await runtime.environment(call);
  const [raw, spool] = [temporaryPath(scratch), temporaryPath(scratch)];
  try {
    await spoolState(place, raw, { ...call, ...(services && { services }) });
    const size = statFile(raw)?.size ?? 0;
    const zip = await openZip(fromFile(raw, size), call);
    await checkState(zip, { platform, size, readsContent: false, ...call });
    // Packed anew in one order, without times, the same state is the same bytes: LocalStack gives them in the order of its threads.
    const metadata = { ...environment, ...(await readMetadata(zip)) };
    await writeState(merged(undefined, zip, 'overwrite'), { disk, path: spool, metadata, mode: 0o600, ...call });
    return await takenFrom(spool, disk);
  } catch (error) {
    disk.remove(spool);
    throw error;
  } finally {
    disk.remove(raw);
  }
}

/** The answer cannot be asked for in ranges: after a cut the whole is asked for again, into the same file from its beginning. */
async function spoolState({ runtime, disk, wait }: LocalStackPlace, path: string, { services, signal }: TakeOptions): Promise<void> {
  const call = signal === undefined ? {} : { signal };
  for (let tries = 1; ; tries += 1) {
    try {
      await writeTo(disk, path, await runtime.state(services, call));
      return;
    } catch (error) {
      disk.remove(path);
      throwIfAborted(signal);
      if (!(error instanceof TowlineError) || !error.retryable || tries === MOST_TRIES) throw error;
      await wait(PAUSE_MILLISECONDS * tries, signal);
    }
  }
}

async function writeTo(disk: Disk, path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = disk.create(path, { mode: 0o600 });
  try {
    for await (const chunk of chunks) file.write(chunk);
  } finally {
    file.close();
  }
}

async function put(place: LocalStackPlace, source: Source, { strategy, isDry, onService, signal }: PutOptions): Promise<readonly StateChange[]> {
  const call = signal === undefined ? {} : { signal };
  const { size } = source;
  const zip = await openZip(source, call);
  if (size === undefined) throw new TowlineError('INVALID_ARGUMENT', 'the size of the state is not known');
  await checkState(zip, { platform: place.platform, size, readsContent: true, ...call });
  if (isDry) return await changesOf(place, source, { strategy, ...call });
  await place.runtime.load(bodyOf(source, size, call), strategy, { ...call, onService });
  // What it changed inside, it does not say; what was told of each service is all there is to know.
  return [];
}

/** What a load would do is found by comparing files of the two states: LocalStack can only say it of pods on its own platform. */
async function changesOf(place: LocalStackPlace, source: Source, { strategy, signal }: Pick<PutOptions, 'strategy' | 'signal'>): Promise<readonly StateChange[]> {
  const call = signal === undefined ? {} : { signal };
  const current = await take(place, call);
  try {
    const [base, next] = [await openZip(current.zip, call), await openZip(source, call)];
    const isInside = strategy === 'service-merge';
    const after = merged(base, next, isInside ? 'account-region-merge' : strategy).map(({ member }) => member);
    // Inside a service nothing is taken away.
    return compareMembers(base.members.map(unpermitted), after.map(unpermitted)).map((row) => (isInside ? { ...row, removed: 0 } : row)).filter(({ added, modified, removed }) => added + modified + removed > 0);
  } finally {
    await current.dispose();
  }
}

/** Permissions in a state of LocalStack mean nothing. */
const unpermitted = <T extends { readonly mode: number }>(member: T): T => ({ ...member, mode: 0 });

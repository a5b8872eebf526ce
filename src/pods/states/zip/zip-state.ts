import { basename, dirname } from 'node:path';
import type { Disk } from '../../../disk/disk.ts';
import { makeFolders } from '../../../disk/folders.ts';
import { followFile, statFile } from '../../../disk/read.ts';
import { temporaryPath } from '../../../disk/temporary.ts';
import { TowlineError } from '../../../errors.ts';
import { openZip, type OpenZip } from '../../../storage/archive/open-zip.ts';
import { fromFile } from '../../../storage/file-source.ts';
import type { Source } from '../../../storage/source.ts';
import type { PutOptions, StateChange, StateHolder, TakenState, TakeOptions } from '../../state.ts';
import { checkState } from './check-state.ts';
import { compareMembers } from './compare.ts';
import { merged, type Taken } from './merge.ts';
import { notesOf, readMetadata, type StateMetadata } from './metadata.ts';
import { belongingOf } from './units.ts';
import { writeState } from './write-state.ts';

/** What a holder of files is lent. */
export interface StatePlace {
  readonly path: string;
  readonly disk: Disk;
  readonly platform: string;
  /** A folder for what is needed only while a state is moved. */
  readonly scratch: string;
}

/** A zip file: what `state export` writes and `state import` reads. */
export function createZipState(place: StatePlace): StateHolder {
  return { displayName: place.path, take: (options) => take(place, options), put: (zip, options) => put(place, zip, options) };
}

async function take({ path, disk, platform, scratch }: StatePlace, { services, signal }: TakeOptions = {}): Promise<TakenState> {
  const size = followFile(path)?.size;
  if (size === undefined) throw new TowlineError('NOT_FOUND', `there is no file '${path}'`, { context: { path } });
  const whole = fromFile(path, size);
  const call = signal === undefined ? {} : { signal };
  const zip = await openZip(whole, call);
  await checkState(zip, { platform, size, readsContent: services === undefined, ...call });
  if (services === undefined) return { zip: whole, notes: await notesOf(whole), dispose: () => Promise.resolve() };
  const spool = temporaryPath(scratch);
  try {
    await writeState(onlyServices(zip, services), { disk, path: spool, metadata: await readMetadata(zip), mode: 0o600, ...call });
    return await takenFrom(spool, disk);
  } catch (error) {
    disk.remove(spool);
    throw error;
  }
}

/** A state that lies in a file of ours, until it is disposed of. */
export async function takenFrom(path: string, disk: Disk): Promise<TakenState> {
  const zip = fromFile(path, statFile(path)?.size ?? 0);
  return { zip, notes: await notesOf(zip), dispose: () => Promise.resolve(disk.remove(path)) };
}

function onlyServices(zip: OpenZip, services: readonly string[]): readonly Taken[] {
  const wanted = new Set(services);
  return merged(undefined, zip, 'overwrite').filter(({ member }) => {
    const { service } = belongingOf(member.name);
    return service !== undefined && wanted.has(service);
  });
}

async function put({ path, disk, platform }: StatePlace, source: Source, { strategy, isDry, onService, signal }: PutOptions): Promise<readonly StateChange[]> {
  const call = signal === undefined ? {} : { signal };
  const next = await openZip(source, call);
  const found = followFile(path);
  const base = found && (await openZip(fromFile(path, found.size), call));
  const members = merged(base, next, strategy);
  await checkState(next, { platform, size: source.size ?? 0, readsContent: true, ...call });
  const changes = compareMembers(base?.members ?? [], members.map(({ member }) => member));
  if (isDry) return changes;
  const known: StateMetadata | undefined = (await readMetadata(next)) ?? (base && (await readMetadata(base)));
  const metadata = known && { ...known, name: basename(path) };
  makeFolders(disk, dirname(path));
  const temporary = temporaryPath(dirname(path));
  try {
    await writeState(members, { disk, path: temporary, metadata, ...(found && { mode: found.mode }), ...call });
    disk.rename(temporary, path);
  } catch (error) {
    if (statFile(temporary) !== undefined) disk.remove(temporary);
    throw error;
  }
  disk.syncFolder(dirname(path));
  for (const { service } of changes) onService?.({ service, status: 'ok' });
  return changes;
}

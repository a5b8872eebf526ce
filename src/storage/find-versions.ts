import { concurrently } from './concurrently.ts';
import type { ListVersionsOptions, Version, With } from './driver.ts';
import type { Path } from './path.ts';
import type { JobOptions, Storage } from './storage.ts';

/** Whose versions are looked for: single objects, and all below some folders. */
export interface WantedVersions {
  readonly files: Iterable<Path>;
  readonly folders: Iterable<Path>;
}

/** Above this many single objects one listing of the folder they share is cheaper than a question for each. */
const ASKED = 32;

/** The versions of objects, newest first, by path. Throws UNSUPPORTED where the storage keeps none. */
export async function findVersions(storage: Storage, wanted: WantedVersions, options: JobOptions & Pick<ListVersionsOptions, 'toAdd'> = {}): Promise<ReadonlyMap<Path, readonly Version[]>> {
  const driver = storage.require('listVersions');
  const { toAdd = false, jobs = Math.min(16, driver.traits.concurrency), ...call } = options;
  const files = new Set(wanted.files);
  const found = new Map<Path, Version[]>();
  const work = concurrently(shardsOf(files, new Set(wanted.folders)), { ...call, jobs }, async (shard, signal) => {
    for await (const version of versionsIn(driver, shard, { signal, toAdd })) {
      if (!shard.isWhole && !files.has(version.path)) continue;
      const known = found.get(version.path);
      if (!known) found.set(version.path, [version]);
      else if (!known.some(({ versionId }) => versionId === version.versionId)) known.push(version);
    }
  });
  for await (const _done of work);
  return found;
}

interface Shard {
  readonly folder: Path;
  readonly startsWith?: string;
  /** All of it is wanted. */
  readonly isWhole: boolean;
}

function shardsOf(files: ReadonlySet<Path>, folders: ReadonlySet<Path>): readonly Shard[] {
  const whole = [...folders].map((folder): Shard => ({ folder, isWhole: true }));
  if (files.size <= ASKED) return [...whole, ...[...files].map((file): Shard => ({ folder: folderOf(file), startsWith: file.slice(file.lastIndexOf('/') + 1), isWhole: false }))];
  return [...whole, { folder: sharedFolder([...files]), isWhole: false }];
}

async function* versionsIn(driver: With<'listVersions'>, { folder, startsWith }: Shard, options: ListVersionsOptions): AsyncIterable<Version> {
  for (let cursor: string | undefined; ; ) {
    const page = await driver.listVersions(folder, { ...options, ...(startsWith !== undefined && { startsWith }), ...(cursor !== undefined && { cursor }) });
    yield* page.entries;
    cursor = page.cursor;
    if (cursor === undefined) return;
  }
}

const folderOf = (path: string): Path => path.slice(0, Math.max(0, path.lastIndexOf('/'))) as Path;

function sharedFolder(files: readonly Path[]): Path {
  let shared: string = folderOf(files[0] ?? '');
  for (const file of files) while (shared !== '' && !file.startsWith(`${shared}/`)) shared = folderOf(shared);
  return shared as Path;
}

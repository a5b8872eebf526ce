import type { CallOptions } from '../../storage/call.ts';
import { collectStages } from '../collect/stages.ts';
import { applyEdits } from '../edits.ts';
import type { Fault } from '../fault.ts';
import { autostage } from '../git/autostage.ts';
import { legacyStages, migrateEntries, shownFile } from '../migrate/entries.ts';
import { legacyObjects, migrateObjects } from '../migrate/objects.ts';
import type { Repo } from '../repo.ts';

export interface MigrateRequest {
  /** Also the entries in `.dvc` files and locks. */
  readonly dvcFiles?: boolean;
  /** Only counts and names. */
  readonly dry?: boolean;
}
/** `objects`: those of DVC 2 that were found. With `dry` nothing is migrated, and `files` are those that would be changed. */
export interface MigrateResult {
  readonly objects: number;
  readonly migrated: number;
  readonly damaged: readonly Fault[];
  /** Listings that were left as they are, for the cache lacks a file of their directory. */
  readonly waiting: readonly string[];
  readonly files: readonly string[];
  /** Entries that could not be changed. */
  readonly lost: readonly Fault[];
  readonly staged: boolean;
}

/** Brings a cache, and with `dvcFiles` what is recorded, from the layout of DVC 2 to that of DVC 3. The old objects stay: older commits name them. */
export async function migrateCache(repo: Repo, { dvcFiles = false, dry = false }: MigrateRequest, call: CallOptions = {}): Promise<MigrateResult> {
  const options = call.signal ? { signal: call.signal } : {};
  const all = await legacyObjects(repo, options);
  const stages = dvcFiles ? legacyStages(await collectStages(repo.workspace)) : [];
  const nothing = { objects: all.count, migrated: 0, damaged: [], waiting: [], lost: [], staged: false };
  if (dry) return { ...nothing, files: [...new Set(stages.map(({ stage }) => shownFile(stage)))].sort() };
  const { renamed, ...moved } = await migrateObjects(repo, all, options);
  const { edits, lost } = await migrateEntries(repo, stages, { ...options, renamed });
  applyEdits(repo.lent.disk, repo.root, edits);
  const files = edits.map(({ file }) => file);
  return { ...nothing, ...moved, files, lost, staged: await autostage(repo, files) };
}

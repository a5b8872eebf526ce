import { readText } from '../../disk/read.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import { type Observed, observe } from '../collect/observe.ts';
import { updateDvcFile } from '../files/dvc-file.ts';
import { type LockChange, updateDvcLock } from '../files/dvc-lock.ts';
import { stageHash } from '../files/stage-hash.ts';
import { lockOf } from '../files/pipeline-stage.ts';
import type { Fault } from '../fault.ts';
import { newOutput } from '../new-stage.ts';
import type { Repo } from '../repo.ts';
import { type Content, type Dependency, type Edit, isImport, type Output, type PathDependency, type Stage } from '../stage.ts';
import { storeOutput } from '../store-output.ts';

/** The entries of DVC 2 in one stage. */
export interface LegacyStage {
  readonly stage: Stage;
  readonly outputs: readonly Output[];
  readonly dependencies: readonly PathDependency[];
}

/** The stages with entries of DVC 2. What an import comes from is described as its source has it, and stays. */
export function legacyStages(stages: readonly Stage[]): readonly LegacyStage[] {
  return stages.flatMap((stage): readonly LegacyStage[] => {
    const outputs = stage.outputs.filter((one) => isLegacy(one));
    const dependencies = isImport(stage) ? [] : stage.dependencies.filter((one): one is PathDependency => one.kind === 'path' && isLegacy(one));
    return outputs.length + dependencies.length === 0 ? [] : [{ stage, outputs, dependencies }];
  });
}

const isLegacy = ({ hash, place }: Content & { readonly place: string }): boolean => hash?.name === 'md5-dos2unix' && place === 'repository';

/** How DVC names the file of a stage here: the pipeline, and its lock in brackets. */
export const shownFile = ({ file, name }: Stage): string => (name === undefined ? file : `${file} (${lockOf(file)})`);

/** The edits that give each entry the hash of DVC 3: by its object in the cache, else by what lies in the workspace unchanged. Of neither, it stays as it is and is named. */
export async function migrateEntries(repo: Repo, stages: readonly LegacyStage[], options: CallOptions & { readonly renamed: (oid: Oid) => Oid | undefined }): Promise<{ readonly edits: readonly Edit[]; readonly lost: readonly Fault[] }> {
  const lost: Fault[] = [];
  const edits: Edit[] = [];
  const locks = new Map<string, LockChange[]>();
  for (const { stage, outputs, dependencies } of stages) {
    const fresh = new Map<Output | Dependency, Content>();
    for (const one of [...outputs, ...dependencies]) {
      const content = await migrated(repo, one, options);
      if (content) fresh.set(one, content);
      else if (one.hash) lost.push({ oid: one.hash.value, path: one.path, reason: `its entry in '${shownFile(stage)}' stays as DVC 2 wrote it: the cache does not have it whole, and the workspace does not have it as it was recorded` });
    }
    if (fresh.size === 0) continue;
    const change = <T extends Output | Dependency>(one: T): T => ({ ...one, ...fresh.get(one) });
    if (stage.name === undefined) {
      const before = readText(`${repo.root}/${stage.file}`);
      const next = { ...stage, outputs: stage.outputs.map(change), dependencies: stage.dependencies.map(change) };
      edits.push({ file: stage.file, before, after: updateDvcFile(before, stage.md5 === undefined ? next : { ...next, md5: stageHash(next) }) });
    } else {
      const named = (some: readonly (Output | PathDependency)[]): ReadonlyMap<string, Content> => new Map(some.flatMap((one) => (fresh.has(one) ? [[one.written, change(one)] as const] : [])));
      const file = lockOf(stage.file);
      locks.set(file, [...(locks.get(file) ?? []), { name: stage.name, outputs: named(outputs), dependencies: named(dependencies) }]);
    }
  }
  for (const [file, changes] of locks) {
    const before = readText(`${repo.root}/${file}`);
    if (before !== undefined) edits.push({ file, before, after: updateDvcLock(before, file, changes) });
  }
  return { edits: edits.filter(({ before, after }) => before !== after), lost };
}

async function migrated(repo: Repo, entry: Output | PathDependency, { renamed, ...call }: CallOptions & { readonly renamed: (oid: Oid) => Oid | undefined }): Promise<Content | undefined> {
  const { hash, meta, path } = entry;
  // Where a list of versions stands for the hash, it says of each file what DVC 2 knew.
  if (!hash || entry.files !== undefined) return undefined;
  const value = renamed(hash.value) ?? (await fromWorkspace(repo, entry, call))?.oid;
  return value === undefined || isTreeOid(value) !== isTreeOid(hash.value) || path === '' ? undefined : { hashName: 'md5', hash: { name: 'md5', value }, meta };
}

/** What lies in the workspace, when it is what was recorded; it goes to the cache where its entry is one of the cache. */
async function fromWorkspace(repo: Repo, entry: Output | PathDependency, call: CallOptions): Promise<Exclude<Observed, { kind: 'absent' }> | undefined> {
  const asRecorded: Output = { ...newOutput(entry.path, entry), hashName: 'md5-dos2unix' };
  const now = (await observe(repo, [asRecorded], call)).get(asRecorded);
  if (!now || now.kind === 'absent' || now.oid !== entry.hash?.value) return undefined;
  const intoCache = 'cache' in entry && entry.cache;
  return await storeOutput(repo, entry.path, { ...call, name: 'md5', isFolder: now.kind === 'directory', intoCache, relink: false });
}

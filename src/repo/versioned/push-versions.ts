import { TowlineError } from '../../errors.ts';
import { objectPath } from '../../odb/layout.ts';
import type { Meta } from '../../odb/meta.ts';
import { oidSet } from '../../odb/oid-set.ts';
import { isEtagInParts } from '../../odb/parted-etag.ts';
import { holds, isKept } from '../../odb/version-objects.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Entry, Version } from '../../storage/driver.ts';
import { findVersions } from '../../storage/find-versions.ts';
import type { Path } from '../../storage/path.ts';
import { type Source, startOf, withStart } from '../../storage/source.ts';
import type { JobOptions, Storage } from '../../storage/storage.ts';
import type { Outcome, Task } from '../../storage/transfer/task.ts';
import { transfer } from '../../storage/transfer/transfer.ts';
import { isTreeOid } from '../../odb/hash-info.ts';
import type { ForRemote } from '../collect/by-remote.ts';
import type { DataRemote, KeptVersions } from '../data-remote.ts';
import type { Fault } from '../fault.ts';
import type { Repo } from '../repo.ts';
import type { Output } from '../stage.ts';
import { mirrorDeletions } from './mirror-deletions.ts';
import type { Noted } from './record.ts';
import { listFiles, type VersionedFile } from './versioned-file.ts';

/** What went to a remote that keeps files, and what is now known of them. */
export interface PushedVersions {
  readonly pushed: number;
  readonly bytes: number;
  readonly failed: readonly Fault[];
  readonly missing: readonly Fault[];
  /** What is gone from the workspace, and now from the remote that mirrors it. */
  readonly deleted: readonly string[];
  /** Of outputs of which all that was asked for is there. */
  readonly noted: Noted;
}

/**
 * Sends each file that has no version on the remote yet to its own path. What lies there already is not sent again, whoever sent it: so a push that was cut goes on where
 * it stopped. Throws UNSUPPORTED before the first byte goes where the bucket keeps no versions: there a push would replace what was pushed before. `isCurrent`: the output is one
 * of the workspace; what older revisions had goes first, so that it never is the newest.
 */
export async function pushVersions(repo: Repo, { remote, selected }: ForRemote, options: JobOptions & { readonly isCurrent: (output: Output) => boolean; readonly isDry?: boolean }): Promise<PushedVersions> {
  const { isCurrent, isDry = false, ...call } = options;
  const kept = remote.versions;
  if (!kept) throw new TowlineError('UNSUPPORTED', `remote '${remote.name}' keeps objects`);
  if (kept.mirrors && selected.some(({ output }) => !isCurrent(output))) {
    throw new TowlineError('INVALID_ARGUMENT', 'Multiple rev push is unsupported for cloud versioned remotes', { hint: `'${remote.name}' mirrors the workspace (worktree). Leave out '-a', '-A' and '-T', or push to a remote with version_aware.` });
  }
  const storage = await remote.files();
  const { files, lost } = await listFiles(repo, selected, call);
  const outputs = new Set(selected.map(({ output }) => output));
  const isFolder = ({ hash }: Output): boolean => hash !== undefined && isTreeOid(hash.value);
  const wanted = { files: [...outputs].filter((one) => !isFolder(one)).map(({ path }) => path as Path), folders: [...outputs].filter(isFolder).map(({ path }) => path as Path) };
  const versions = await findVersions(storage, wanted, { ...call, toAdd: true });
  const state: State = { repo, remote, kept, storage, versions, metas: new Map(), faults: { failed: [], missing: [] }, unfit: new Set(lost) };
  for (const output of lost) state.faults.missing.push({ oid: output.hash?.value ?? '', path: output.path, reason: 'its listing is neither in the cache nor in its .dvc file' } as Fault);
  let [pushed, bytes] = [0, 0];
  for (const group of [files.filter(({ output }) => !isCurrent(output)), files.filter(({ output }) => isCurrent(output))]) {
    const tasks = await plan(state, group);
    const sent = isDry ? measure(tasks) : await send(state, tasks, call);
    pushed += sent.pushed;
    bytes += sent.bytes;
  }
  for (const output of outputs) if (state.unfit.has(output) || !isCurrent(output)) state.metas.delete(output);
  const deleted = kept.mirrors ? await deleteGone(state, { files, selected }, { ...call, isDry }) : [];
  return { pushed, bytes, ...state.faults, deleted, noted: state.metas };
}

interface State {
  readonly repo: Repo;
  readonly remote: DataRemote;
  readonly kept: KeptVersions;
  readonly storage: Storage;
  readonly versions: ReadonlyMap<Path, readonly Version[]>;
  readonly metas: Map<Output, Map<string, Meta>>;
  readonly faults: { readonly failed: Fault[]; readonly missing: Fault[] };
  /** Outputs that are not whole on the remote: nothing is noted of them. */
  readonly unfit: Set<Output>;
}

/** Of a part of a directory nobody knows what is gone. */
async function deleteGone({ repo, storage, versions, unfit, faults }: State, { files, selected }: Pick<ForRemote, 'selected'> & { readonly files: readonly VersionedFile[] }, { isDry, ...call }: JobOptions & { readonly isDry: boolean }): Promise<readonly string[]> {
  const outputs = selected.filter(({ output, inner }) => inner === '' && !unfit.has(output)).map(({ output }) => output);
  const { deleted, failed } = await mirrorDeletions(repo, { storage, versions, files, outputs, isDry }, call);
  faults.failed.push(...failed);
  return deleted;
}

interface SendTask extends Task {
  /** The files that this one upload is for: two outputs of different revisions may be the same. */
  readonly files: readonly VersionedFile[];
}

/** What has to be sent. What need not is noted. */
async function plan(state: State, files: readonly VersionedFile[]): Promise<readonly SendTask[]> {
  const lacking = files.filter((file) => {
    const known = knownVersion(state, file);
    if (known) note(state, file, known);
    return !known;
  });
  const tasks = new Map<string, SendTask>();
  for (const name of new Set(lacking.map((file) => file.name))) {
    const some = lacking.filter((file) => file.name === name);
    const cached = await state.repo.cache.objects(name).present(oidSet(some.map(({ oid }) => oid)));
    for (const file of some) {
      const key = `${file.oid} ${file.path}`;
      const task = tasks.get(key);
      if (task) tasks.set(key, { ...task, files: [...task.files, file] });
      else if (cached.has(file.oid)) {
        const source = cachedSource(state, file, cached.sizeOf(file.oid));
        const sent = await sentInParts(state, file, source);
        if (sent) note(state, file, metaOf(file.meta, sent, state.remote.name));
        else tasks.set(key, taskOf(file, source));
      }
      else if (notedVersion(state, file)) tasks.set(key, taskOf(file, state.storage.source({ path: file.path, kind: 'file', versionId: file.meta.version_id ?? '', ...(file.meta.size !== undefined && { size: file.meta.size }) })));
      else {
        state.unfit.add(file.output);
        state.faults.missing.push({ oid: file.oid, path: file.path, reason: 'neither in the cache nor on the remote' });
      }
    }
  }
  return [...tasks.values()];
}

/** What is noted of a file, when its version is still there; else a version that holds the same. Where the remote mirrors the workspace only the newest will do. */
function knownVersion(state: State, file: VersionedFile): Meta | undefined {
  const { path, oid, meta, name } = file;
  const all = (state.versions.get(path) ?? []).filter(isKept);
  const usable = state.kept.mirrors ? all.filter(({ isLatest }) => isLatest) : all;
  const noted = notedVersion(state, file);
  const isSame = (one: Version): boolean => holds(one, oid, name === 'md5' ? meta.size : undefined) || (noted !== undefined && (one.versionId === noted.versionId || (one.etag !== undefined && one.etag === noted.etag)));
  const same = usable.find(isSame);
  // An older version of the same bytes stays noted, as DVC keeps it: fewer changes to merge.
  return same && (noted ? meta : metaOf(meta, same, state.remote.name));
}

/** A version that an upload in parts made of these very bytes, perhaps one whose answer never came. What lies here is read for it, which is less than to send it. */
async function sentInParts({ versions, kept }: State, { path, name, oid }: VersionedFile, source: Source): Promise<Version | undefined> {
  const { size } = source;
  if (name !== 'md5' || size === undefined) return undefined;
  for (const version of versions.get(path) ?? []) {
    if (!isKept(version) || version.size !== size || (kept.mirrors && !version.isLatest)) continue;
    if (await isEtagInParts(version.etag, { ...source, size }, { oid })) return version;
  }
  return undefined;
}

function notedVersion({ kept, versions }: State, { path, meta }: VersionedFile): Version | undefined {
  if (meta.version_id === undefined || !kept.owns(meta)) return undefined;
  return versions.get(path)?.find((one) => one.versionId === meta.version_id && !one.isDeleteMarker);
}

function metaOf(before: Meta, { size, versionId, etag }: Entry, remote: string): Meta {
  const { isexec } = before;
  const bytes = size ?? before.size;
  return { ...(bytes !== undefined && { size: bytes }), ...(isexec && { isexec }), ...(versionId !== undefined && { version_id: versionId }), ...(etag !== undefined && { etag }), remote };
}

function note({ metas }: State, { output, relpath }: VersionedFile, meta: Meta): void {
  const known = metas.get(output);
  if (known) known.set(relpath, meta);
  else metas.set(output, new Map([[relpath, meta]]));
}

function cachedSource({ repo }: State, { name, oid }: VersionedFile, size: number | undefined): Source {
  const source = repo.cache.storage.source({ path: objectPath(name, oid), kind: 'file', ...(size !== undefined && { size }) });
  return name === 'md5' ? withStart({ ...source, checksum: { name, value: oid } }, startOf(source)) : source;
}

const taskOf = (file: VersionedFile, source: Source): SendTask => ({ files: [file], source, to: file.path, expected: { name: file.name, value: file.oid } });

const measure = (tasks: readonly SendTask[]): { readonly pushed: number; readonly bytes: number } => ({ pushed: tasks.length, bytes: tasks.reduce((sum, { source }) => sum + (source.size ?? 0), 0) });

/** The smallest goes first, alone: what the answer to it says of versions is the last word, where the service cannot be asked before. */
async function send(state: State, tasks: readonly SendTask[], call: JobOptions): Promise<{ readonly pushed: number; readonly bytes: number }> {
  const { repo, kept, storage } = state;
  repo.lent.report?.({ kind: 'phase', name: `Pushing to ${state.remote.name}`, files: tasks.length });
  const ordered = tasks.toSorted((a, b) => (a.source.size ?? Infinity) - (b.source.size ?? Infinity));
  const options = { ...kept.transfers, ...call, onBytes: (_task: SendTask, count: number) => repo.lent.report?.({ kind: 'advance', files: 0, bytes: count }) };
  let [pushed, bytes] = [0, 0];
  for (const batch of [ordered.slice(0, 1), ordered.slice(1)]) {
    for await (const outcome of transfer(storage, batch, options)) {
      if (!(await take(state, outcome, call))) continue;
      pushed++;
      bytes += outcome.bytes;
    }
  }
  return { pushed, bytes };
}

async function take(state: State, outcome: Outcome<SendTask>, call: CallOptions): Promise<boolean> {
  const { task, error } = outcome;
  state.repo.lent.report?.({ kind: 'advance', files: 1, bytes: 0 });
  if (error === undefined && !isKept({ isDeleteMarker: false, ...outcome.entry })) throw await notKept(state, task, call);
  for (const file of task.files) {
    if (error === undefined) note(state, file, metaOf(file.meta, outcome.entry, state.remote.name));
    else {
      state.unfit.add(file.output);
      state.faults.failed.push({ oid: file.oid, path: file.path, reason: error.message });
    }
  }
  return error === undefined;
}

/** What was not there before is taken away again. */
async function notKept({ storage, versions }: State, { to }: SendTask, { signal }: CallOptions): Promise<TowlineError> {
  const isNew = !versions.has(to);
  if (isNew) await storage.require('delete').delete([{ path: to }], signal && { signal });
  return new TowlineError('UNSUPPORTED', `while uploading '${to}', support for versioning could not be detected`, {
    hint: `${storage.driver.displayUrl} keeps no versions${isNew ? '; the file was removed again' : ''}. Turn on versioning of the bucket, or unset 'version_aware' and 'worktree'.`,
  });
}

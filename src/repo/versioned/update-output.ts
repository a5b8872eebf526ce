import { TowlineError } from '../../errors.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import type { Meta } from '../../odb/meta.ts';
import { isKept } from '../../odb/version-objects.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Version } from '../../storage/driver.ts';
import { findVersions } from '../../storage/find-versions.ts';
import type { Path } from '../../storage/path.ts';
import type { Storage } from '../../storage/storage.ts';
import type { DataRemote } from '../data-remote.ts';
import type { Repo } from '../repo.ts';
import { bring, type Brought, holdOf } from '../sources/bring.ts';
import { land } from '../sources/landing.ts';
import type { Piece } from '../sources/offer.ts';
import { refuseRules } from '../sources/url-offer.ts';
import { type Output, type Stage, stageAddress } from '../stage.ts';

/** How an output follows its remote. */
export interface Following extends CallOptions { readonly jobs?: number; readonly force?: boolean }
/** What became of an output; 'unknown': `reason` says why it could not be followed. */
export type Followed =
  | { readonly kind: 'same' }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'changed'; readonly output: Output; readonly metas: ReadonlyMap<string, Meta> };

/** Brings to the cache and the workspace what is newest of an output on the remote it was pushed to, which has to be one that mirrors the workspace. The `.dvc` file is left to the caller. */
export async function updateOutput(repo: Repo, { stage, output }: { readonly stage: Stage; readonly output: Output }, options: Following): Promise<Followed> {
  const name = output.remote ?? metasIn(output).find((meta) => meta.remote !== undefined)?.remote;
  if (name === undefined && !metasIn(output).some((meta) => meta.version_id !== undefined)) return { kind: 'unknown', reason: 'it was never pushed to a remote' };
  // What an update has brought is noted without a remote, so DVC cannot update it again; it is of the default one.
  const remote = repo.remote(repo.workspace, { ...(name !== undefined && { name }), command: 'update' });
  try {
    if (remote.versions?.mirrors !== true) {
      throw new TowlineError('UNSUPPORTED', `update is not supported for '${stageAddress(stage)}' that is not an import.`, { hint: `Remote '${remote.name}', to which it was pushed, is none with 'worktree = true': it has nothing that is newer.` });
    }
    return await follow(repo, { stage, output, remote }, options);
  } finally {
    await remote.close();
  }
}

async function follow(repo: Repo, from: { readonly stage: Stage; readonly output: Output; readonly remote: DataRemote }, { force, ...options }: Following): Promise<Followed> {
  const { stage, output, remote } = from;
  const storage = await remote.files();
  const isFolder = output.hash !== undefined && isTreeOid(output.hash.value);
  const known = knownOf(output);
  const newest = await newestBelow(storage, output, { ...options, isFolder });
  if (newest.size === 0) return { kind: 'unknown', reason: 'it does not exist in the remote' };
  const same = new Set([...newest].flatMap(([relpath, version]) => (isSame(version, known.get(relpath)?.meta) ? [relpath] : [])));
  if (same.size === newest.size && same.size === known.size) return { kind: 'same' };
  const pieces = [...newest].map(([relpath, version]) => pieceOf(storage, version, { relpath, oid: same.has(relpath) ? known.get(relpath)?.oid : undefined }));
  const objects = [await remote.objects('md5', [output])];
  const brought = await bring(holdOf(repo), { kind: isFolder ? 'directory' : 'file', pieces, objects }, options);
  const metas = new Map([...newest].map(([relpath, version]) => [relpath, metaOf(version, { old: known.get(relpath)?.meta, isSame: same.has(relpath), ...(!isFolder && { remote: remote.name }) })]));
  const next = outputOf(output, brought, metas);
  await land(repo, { ...stage, outputs: [next] }, { ...options, force: force === true });
  return { kind: 'changed', output: next, metas };
}

const metasIn = ({ meta, files = [] }: Output): readonly Meta[] => [meta, ...files.map((file) => file.meta)];

interface Known { readonly oid?: Oid; readonly meta: Meta }

function knownOf({ hash, meta, files }: Output): ReadonlyMap<string, Known> {
  if (files) return new Map(files.map((file) => [file.relpath, { meta: file.meta, ...(file.hash?.name === 'md5' && { oid: file.hash.value }) }]));
  return hash !== undefined && isTreeOid(hash.value) ? new Map() : new Map([['', { meta, ...(hash?.name === 'md5' && { oid: hash.value }) }]]);
}

/** The newest versions, by the path in the output; what was deleted there is not among them. */
async function newestBelow(storage: Storage, { path }: Output, { isFolder, ...options }: CallOptions & { readonly isFolder: boolean; readonly jobs?: number }): Promise<ReadonlyMap<string, Version>> {
  const versions = await findVersions(storage, isFolder ? { files: [], folders: [path as Path] } : { files: [path as Path], folders: [] }, options);
  const newest = new Map<string, Version>();
  for (const [file, all] of versions) {
    const version = all.find(({ isLatest }) => isLatest);
    if (version === undefined || !isKept(version)) continue;
    const relpath = file.slice(path.length + 1);
    if (isFolder) refuseRules({ shown: storage.driver.displayUrl }, relpath);
    newest.set(relpath, version);
  }
  return newest;
}

const isSame = (version: Version, meta: Meta | undefined): boolean =>
  meta !== undefined && ((meta.version_id !== undefined && meta.version_id === version.versionId) || (meta.etag !== undefined && meta.etag === version.etag));

function pieceOf(storage: Storage, version: Version, { relpath, oid }: { readonly relpath: string; readonly oid: Oid | undefined }): Piece {
  const { size, checksum, path, versionId = '' } = version;
  const piece = { relpath, ...(size !== undefined && { size }) };
  if (oid !== undefined) return { ...piece, oid };
  return { ...piece, source: storage.source({ path, kind: 'file', versionId, ...(size !== undefined && { size }) }), ...(checksum?.name === 'md5' && { expected: { name: 'md5', value: checksum.value } }) };
}

/** As DVC notes it: of what is the same what was noted; the remote's name with a file that is an output, not with those of a directory. */
function metaOf({ size, versionId, etag }: Version, { old, isSame: unchanged, remote }: { readonly old: Meta | undefined; readonly isSame: boolean; readonly remote?: string }): Meta {
  if (unchanged && old) return old;
  return { ...(size !== undefined && { size }), ...(old?.isexec && { isexec: old.isexec }), ...(versionId !== undefined && { version_id: versionId }), ...(etag !== undefined && { etag }), ...(remote !== undefined && { remote }) };
}

function outputOf({ files: _files, ...output }: Output, { oid, size, tree }: Brought, metas: ReadonlyMap<string, Meta>): Output {
  const next = { ...output, hashName: 'md5', hash: { name: 'md5', value: oid } } as const;
  if (!tree) return { ...next, meta: metas.get('') ?? { size } };
  return { ...next, meta: { isdir: true, size, nfiles: tree.entries.length }, files: Array.from(tree.entries, (entry) => ({ relpath: entry.relpath, hash: { name: 'md5', value: entry.oid }, meta: metas.get(entry.relpath) ?? {} })) };
}

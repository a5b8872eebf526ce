import { basename } from 'node:path';

import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';
import { contentOf, importStage, type ImportResult, land, landingInRepo, track } from '../sources/landing.ts';
import { type Overlay, recordedOverlay } from '../sources/other-config.ts';
import { openOther, type OtherRepo } from '../sources/other-repo.ts';
import { bringFrom, shownImport } from '../sources/update-repo.ts';
import type { Brought } from '../sources/bring.ts';
import type { RepoDependency } from '../stage.ts';
import { noSuchPath } from '../sources/no-such-path.ts';

/** What to import from which repository. */
export interface ImportRequest extends Overlay {
  readonly url: string;
  readonly path: string;
  readonly out?: string;
  readonly revision?: string;
  readonly cwd: string;
  readonly force?: boolean;
  /** Only the `.dvc` file; nobody is asked anything. */
  readonly noExec?: boolean;
  /** The `.dvc` file records the commit; the data stays there. */
  readonly noDownload?: boolean;
  readonly jobs?: number;
}

/** Brings data of another repository, tracked by DVC or by Git, under a path of this one, and records the commit it is of. */
export async function importData(repo: Repo, request: ImportRequest, call: CallOptions = {}): Promise<ImportResult> {
  const name = basename(request.path.replace(/\/+$/, ''));
  const path = await landingInRepo(repo, { ...request, from: request.path });
  if (name.endsWith('.dvc') || name === 'dvc.yaml') throw new TowlineError('INVALID_ARGUMENT', `DVC file '${request.path}' cannot be a dependency.`);
  const asked: RepoDependency = { kind: 'repo', url: request.url, path: request.path, ...(request.revision !== undefined && { revision: request.revision }), ...recordedOverlay(request) };
  const done = request.noExec === true ? {} : await perform(repo, request, call);
  const dependency: RepoDependency = { ...asked, ...(done.commit !== undefined && { lockedRevision: done.commit }) };
  const stage = importStage(repo, path, { dependency, content: done.brought ? contentOf(done.brought) : { meta: {} }, isDone: request.noExec !== true });
  if (done.brought) await land(repo, stage, { ...call, force: request.force === true });
  const tracked = await track(repo, stage);
  return { from: shownImport(request), path, file: stage.file, isLooked: request.noExec !== true, ...(done.brought && { oid: done.brought.oid, size: done.brought.size }), ...tracked };
}

interface Performed { readonly commit?: string; readonly brought?: Brought }

async function perform(repo: Repo, request: ImportRequest, call: CallOptions): Promise<Performed> {
  const other = await openOther(repo.lent, { ...request, bases: [request.cwd], isPinned: true }, call);
  try {
    const brought = request.noDownload === true ? undefined : await fetchFrom(repo, other, { ...request, ...call });
    return { ...(other.commit !== undefined && { commit: other.commit }), ...(brought && { brought }) };
  } finally {
    await other.close();
  }
}

async function fetchFrom(repo: Repo, other: OtherRepo, { path, jobs, signal }: ImportRequest & CallOptions): Promise<Brought> {
  return bringFrom(repo, other, { path, ...(signal && { signal }), ...(jobs !== undefined && jobs > 0 && { jobs }) }).catch(noSuchPath);
}

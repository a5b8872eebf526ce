import { resolve } from 'node:path';

import { TowlineError } from '../../errors.ts';
import { objectPath } from '../../odb/layout.ts';
import { shownUrl } from '../../remotes/shown-url.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Lent } from '../repo.ts';
import { deliver } from '../sources/deliver.ts';
import { landingPath } from '../sources/landing.ts';
import type { Overlay } from '../sources/other-config.ts';
import { noSuchPath } from '../sources/no-such-path.ts';
import { openOther, type OtherRepo } from '../sources/other-repo.ts';
import { contentsAt } from '../sources/repo-contents.ts';
import { repoOffer } from '../sources/repo-offer.ts';

/** What to take from which repository. */
export interface GetRequest extends Overlay {
  readonly url: string;
  readonly path: string;
  readonly revision?: string;
  readonly cwd: string;
}
/** And where to put it. */
export interface GetFileRequest extends GetRequest {
  readonly out?: string;
  readonly force?: boolean;
  readonly jobs?: number;
}
/** What was downloaded. `path` as it was asked for. */
export interface Got { readonly path: string; readonly files: number; readonly bytes: number }

/** Downloads a file or folder of another repository, tracked by DVC or by Git; tracks nothing. */
export async function get(lent: Lent, request: GetFileRequest, call: CallOptions = {}): Promise<Got> {
  const path = landingPath({ ...request, from: request.path });
  if (path.endsWith('.dvc') || path === 'dvc.yaml' || path.endsWith('/dvc.yaml')) throw new TowlineError('INVALID_ARGUMENT', 'the given path is a DVC file, you must specify a data file or a directory');
  return withOther(lent, { ...request, call }, async (other) => {
    const offer = await repoOffer(other, request.path, { ...call, lent }).catch(noSuchPath);
    try {
      const { jobs } = request;
      const { size } = await deliver(lent, offer, { ...call, to: resolve(request.cwd, path), ...(jobs !== undefined && jobs > 0 && { jobs }) });
      return { path, files: offer.pieces.length, bytes: size };
    } finally {
      await offer.close();
    }
  });
}

/** Where the remote of the other repository keeps what is tracked at a path. Nothing is downloaded but the listing of a directory that the path lies in. */
export async function urlOf(lent: Lent, request: GetRequest, call: CallOptions = {}): Promise<string> {
  return withOther(lent, { ...request, call }, async (other) => {
    const { kind, files, repo } = await contentsAt(other, request.path, { ...call, lent, withDvcFiles: false }).catch(noSuchPath);
    const [first] = files;
    const tracked = first?.tracked;
    const oid = kind === 'file' ? tracked?.oid : request.path.replace(/\/+$/, '').endsWith(tracked?.output.path ?? '\0') ? tracked?.output.hash?.value : undefined;
    if (!tracked || oid === undefined) throw new TowlineError('NOT_FOUND', `Unable to find DVC file with output '${request.path}'`, { context: { exitCode: 255 } });
    const remote = await repo.remote(tracked.output.remote);
    return `${shownUrl(remote.url).replace(/\/+$/, '')}/${objectPath(tracked.output.hashName, oid)}`;
  });
}

async function withOther<T>(lent: Lent, { call, ...request }: GetRequest & { readonly call: CallOptions }, work: (other: OtherRepo) => Promise<T>): Promise<T> {
  const other = await openOther(lent, { ...request, bases: [request.cwd] }, call);
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}

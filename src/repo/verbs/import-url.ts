import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { isUrl } from '../files/place.ts';
import type { YamlMap, YamlValue } from '../files/yaml-value.ts';
import type { Repo } from '../repo.ts';
import type { Content } from '../stage.ts';
import { bring, type Brought, holdOf } from '../sources/bring.ts';
import { shownSource, urlDependency, writtenUrl } from '../sources/dependency.ts';
import { fingerprint } from '../sources/fingerprint.ts';
import { contentOf, importStage, type ImportResult, land, landingInRepo, type LandingRequest, track } from '../sources/landing.ts';
import { lookAt, openUrl, type UrlPlace } from '../sources/open-url.ts';
import { sendToRemote } from '../sources/send.ts';
import { urlOffer } from '../sources/url-offer.ts';

/** What to import, and how much of it now. */
export interface ImportUrlRequest extends Omit<LandingRequest, 'from'> {
  readonly url: string;
  /** Only the `.dvc` file; nobody is asked anything. */
  readonly noExec?: boolean;
  /** The `.dvc` file records what is there now; the data stays there. */
  readonly noDownload?: boolean;
  /** The data goes right to a remote; `remote` names it. */
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly jobs?: number;
  readonly versionAware?: boolean;
  readonly fsConfig?: Readonly<Record<string, string>>;
}

/** Brings data from a URL under a path of the repository, and records where it came from and what was there. */
export async function importUrl(repo: Repo, request: ImportUrlRequest, call: CallOptions = {}): Promise<ImportResult> {
  const path = await landingInRepo(repo, { ...request, from: request.url });
  checkFlags(request);
  const written = writtenUrl(request.url, { root: repo.root, folder: folderOf(path), cwd: request.cwd });
  if (!isUrl(written) && written === path.slice(folderOf(path) === '' ? 0 : folderOf(path).length + 1)) {
    throw new TowlineError('INVALID_ARGUMENT', `'${repo.root}/${path}' is specified as an output and as a dependency.`);
  }
  if (isUrl(written) && /^[^/]*\/\/[^/?#@]*:[^/?#@]+@/.test(written)) {
    repo.lent.warn({ code: 'SECRET_IN_FILE', text: `the URL holds a password, and '${path}.dvc' will hold it, too: whoever reads the repository can use it. Name a remote instead, as remote://NAME/PATH.` });
  }
  const from = shownSource(repo, written, { folder: folderOf(path), cwd: request.cwd });
  const done = request.noExec === true ? { content: NOTHING, stage: {} } : await perform(repo, { ...request, url: written, path }, call);
  const fsConfig = fsConfigOf(request);
  const place = { file: `${path}.dvc`, workingFolder: folderOf(path) };
  const dependency = urlDependency(written, place, { content: done.content, fsConfig });
  const isVersioned = dependency.meta.version_id !== undefined || dependency.files !== undefined;
  const brought = 'brought' in done ? done.brought : undefined;
  const content = { ...(brought ? contentOf(brought) : { meta: {} }), ...(isVersioned && { push: false }) };
  const stage = importStage(repo, path, { dependency, content, isDone: request.noExec !== true });
  if (brought && request.toRemote !== true) await land(repo, stage, { ...call, force: request.force === true });
  const tracked = await track(repo, stage);
  return { from, path, file: stage.file, isLooked: request.noExec !== true && request.toRemote !== true, ...(brought && { oid: brought.oid, size: brought.size }), ...tracked };
}

const NOTHING: Content = { hashName: 'md5', meta: {} };

const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

function checkFlags({ toRemote, noExec, noDownload, versionAware, remote }: ImportUrlRequest): void {
  if (toRemote === true && (noExec === true || noDownload === true || versionAware === true)) throw new TowlineError('INVALID_ARGUMENT', '--no-exec/--no-download/--version-aware cannot be combined with --to-remote');
  if (toRemote !== true && remote !== undefined) throw new TowlineError('INVALID_ARGUMENT', "--remote can't be used without --to-remote");
}

function fsConfigOf({ fsConfig = {}, versionAware }: ImportUrlRequest): YamlMap {
  return new Map<string, YamlValue>([...Object.entries(fsConfig), ...(versionAware === true ? [['version_aware', true] as const] : [])]);
}

type Performed = { readonly content: Content; readonly brought?: Brought };

/** Looks at the source and brings its data to where it was asked for. The workspace is not touched. */
async function perform(repo: Repo, request: ImportUrlRequest & { readonly path: string }, call: CallOptions): Promise<Performed> {
  const fsConfig = { ...request.fsConfig, ...(request.versionAware === true && { version_aware: 'true' }) };
  const base = folderOf(request.path) === '' ? repo.root : `${repo.root}/${folderOf(request.path)}`;
  const place = await openUrl(repo.lent, await repo.workspace.config(), { url: request.url, base, fsConfig });
  try {
    return await fetchFrom(repo, place, { ...request, ...call });
  } finally {
    await place.storage.close();
  }
}

async function fetchFrom(repo: Repo, place: UrlPlace, request: ImportUrlRequest & CallOptions): Promise<Performed> {
  const call = { ...(request.signal && { signal: request.signal }) };
  const options = { ...call, ...(request.jobs !== undefined && request.jobs > 0 && { jobs: request.jobs }) };
  const found = await lookAt(place, call);
  if (found.kind === 'directory' && found.entries.length === 0) repo.lent.warn({ code: 'EMPTY', text: `'${place.local ?? place.shown}' is empty.` });
  const offer = urlOffer(place, found);
  const brought = request.noDownload === true ? undefined : request.toRemote === true ? await sendToRemote(repo, offer, { ...options, remote: request.remote, command: 'import-url' }) : await bring(holdOf(repo), offer, options);
  return { content: await fingerprint(place, found, { ...call, lent: repo.lent, ...(brought && { brought }) }), ...(brought && { brought }) };
}

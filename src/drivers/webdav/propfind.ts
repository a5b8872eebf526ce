import type { HttpResponse } from '../../http/transport.ts';
import { abortable } from '../../storage/call.ts';
import { parsePath, type Path } from '../../storage/path.ts';
import { namesOf, urlOf } from './address.ts';
import { absent, type Attempt, webdavError } from './errors.ts';
import { PROPFIND_BODY, readMultistatus, type Resource } from './multistatus.ts';
import { profileOf, unknownProfile } from './profiles.ts';
import { isGone, type Server } from './server.ts';

/** What is asked of PROPFIND. */
export interface Asked { readonly verb: Attempt['verb']; readonly depth: 0 | 1; readonly signal: AbortSignal | undefined }

/** The resources at `path`, and directly below it with `depth` 1. Throws NOT_FOUND where nothing is. What the server is, is learned from its first answer. */
export async function propfind(server: Server, path: Path, { verb, depth, signal }: Asked): Promise<readonly Resource[]> {
  const response = await ask(server, path, { verb, depth, signal });
  if (isGone(response)) {
    response.cancel();
    throw absent(path, server.displayUrl);
  }
  if (leadsToFolder(response)) {
    response.cancel();
    return [{ href: `${response.url.pathname}/`, isCollection: true }];
  }
  if (response.status !== 207) throw await webdavError(response, server.attempt(verb, 'PROPFIND', path));
  const resources: Resource[] = [];
  try {
    for await (const resource of readMultistatus(response, learnsFrom(server, response))) resources.push(resource);
  } catch (error) {
    response.cancel();
    throw error;
  }
  if (resources.length === 0) throw absent(path, server.displayUrl);
  return resources;
}

async function ask(server: Server, path: Path, { depth, signal }: Asked): Promise<HttpResponse> {
  // Apache answers 400 for a name below a file (2.4.71), but says by HEAD that it is not there.
  const url = urlOf(server.base, path, { isFolder: depth === 1 || path === '' });
  const headers = [['depth', String(depth)], ['content-type', 'application/xml; charset=utf-8']] as const;
  const response = await server.send('PROPFIND', url, { signal, headers, body: PROPFIND_BODY });
  if (response.status !== 400) return response;
  const second = await server.send('HEAD', url, { signal });
  const isAbsent = isGone(second);
  (isAbsent ? response : second).cancel();
  return isAbsent ? second : response;
}

/** Some servers send whoever asks for a folder without its slash to the name with it: Apache with mod_dir does so for DELETE, too. */
export function leadsToFolder(response: HttpResponse): boolean {
  const { status, url } = response;
  const location = status === 301 || status === 302 ? response.header('location') : undefined;
  if (location === undefined || !URL.canParse(location, url.href)) return false;
  const { pathname } = new URL(location, url);
  // The letters that are encoded may be others in the answer.
  return pathname.endsWith('/') && !url.pathname.endsWith('/') && namesOf(pathname)?.join('/') === namesOf(url.pathname)?.join('/');
}

/** The one resource that was asked for; a server may say more. */
export function resourceAt(server: Server, path: Path, resources: readonly Resource[]): Resource | undefined {
  const asked = namesOf(urlOf(server.base, path).pathname)?.join('/');
  return resources.find(({ href }) => namesOf(href)?.join('/') === asked) ?? resources[0];
}

/** Finds out what the server is, unless an answer has told already. A root that is not made yet tells nothing, and is asked again the next time. */
export async function learnProfile(server: Server, signal: AbortSignal | undefined): Promise<void> {
  const { learned } = server;
  if (learned.profile) return;
  // All that wait for it share one question, so no one of them may stop it.
  learned.asking ??= greet(server).finally(() => { learned.asking = undefined; });
  await abortable(learned.asking, signal);
}

async function greet(server: Server): Promise<void> {
  const response = await ask(server, parsePath(''), { verb: 'write', depth: 0, signal: undefined });
  if (response.status === 207) await drain(readMultistatus(response, learnsFrom(server, response)));
  else {
    response.cancel();
    if (!isGone(response) && response.status !== 401) server.learned.profile ??= unknownProfile;
  }
}

function learnsFrom({ learned }: Server, response: HttpResponse): (start: string) => void {
  return (start) => { learned.profile ??= profileOf(response.header('server') ?? '', start); };
}

async function drain(resources: AsyncGenerator<Resource>): Promise<void> {
  while (!(await resources.next()).done);
}

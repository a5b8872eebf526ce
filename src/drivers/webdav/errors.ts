import { TowlineError } from '../../errors.ts';
import { parseChallenges } from '../../http/challenge.ts';
import { statusError } from '../../http/status-error.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Path } from '../../storage/path.ts';

/** What was tried when the server refused. */
export interface Attempt {
  readonly verb: 'stat' | 'read' | 'write' | 'list' | 'delete';
  readonly method: string;
  readonly path: Path;
  readonly displayUrl: string;
  readonly now: number;
}
const DOING = { stat: 'looking at', read: 'reading', write: 'writing', list: 'listing', delete: 'deleting' } as const;

/** What a WebDAV server means by its status, with what to change. */
export async function webdavError(response: HttpResponse, { verb, method, path, displayUrl, now }: Attempt): Promise<TowlineError> {
  const hint = hintFor(response, method);
  return statusError(response, { method, now, what: `${DOING[verb]} '${path === '' ? displayUrl : path}' on ${displayUrl} (${method})`, ...(hint !== undefined && { hint }) });
}

function hintFor(response: HttpResponse, method: string): string | undefined {
  const { status } = response;
  if (status === 401) return loginHint(response);
  if (status === 405 || status === 501) return method === 'PROPFIND' ? 'This is no WebDAV folder: check the URL. A plain web server is an http:// or https:// remote.' : 'The server takes no changes there: check the URL, and that WebDAV is not read-only.';
  if (status === 409) return 'A name on the way may be a file, where a folder is needed.';
  return undefined;
}

function loginHint(response: HttpResponse): string {
  const schemes = parseChallenges(response.header('www-authenticate') ?? '').map(({ scheme }) => scheme);
  const takes = (scheme: string): boolean => schemes.includes(scheme);
  if (takes('digest') && !takes('basic')) return "Set 'user', 'password' and 'auth = digest' of the remote.";
  if (takes('bearer') && !takes('basic')) return "Set 'token' or 'bearer_token_command' of the remote.";
  return "Set 'user' and 'password' of the remote, or an entry in ~/.netrc.";
}

/** Nothing is there, or only a folder, which is no object. */
export function absent(path: Path, displayUrl: string): TowlineError {
  return new TowlineError('NOT_FOUND', `'${path}' is not on ${displayUrl}`, { context: { path } });
}

import type { TowlineError } from '../../errors.ts';
import { statusError } from '../../http/status-error.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Path } from '../../storage/path.ts';

/** What was tried when the server refused. */
export interface Attempt {
  readonly verb: 'stat' | 'read' | 'write' | 'delete';
  readonly method: string;
  readonly path: Path;
  readonly displayUrl: string;
  readonly now: number;
}
const DOING = { stat: 'looking at', read: 'reading', write: 'writing', delete: 'deleting' } as const;

/** What a server that is not ours means by its status, with what to change in the remote. */
export async function httpError(response: HttpResponse, attempt: Attempt): Promise<TowlineError> {
  const { verb, method, path, displayUrl, now } = attempt;
  const hint = verb === 'write' ? writeHint(response.status, method) : hints[response.status];
  return statusError(response, { method, now, what: `${DOING[verb]} '${path === '' ? displayUrl : path}' on ${displayUrl}`, ...(hint !== undefined && { hint }) });
}

const hints: Readonly<Record<number, string>> = {
  401: "Set 'auth', 'user' and 'password' of the remote, or an entry in ~/.netrc.",
};

function writeHint(status: number, method: string): string | undefined {
  if (status === 405 || status === 501) return `The server does not take uploads by ${method}: set 'method' of the remote to ${method === 'PUT' ? 'POST' : 'PUT'}, or upload by another way.`;
  if (status === 409) return "The server wants folders to be made first: it may be a WebDAV server, use a webdav:// URL.";
  if (status === 404) return 'The server takes no uploads at this URL.';
  return hints[status];
}

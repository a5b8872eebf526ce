import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { abortable } from '../../storage/call.ts';
import type { Path } from '../../storage/path.ts';
import { urlOf } from './address.ts';
import { webdavError } from './errors.ts';
import { noteMove } from './past-gap.ts';
import { isSuccess, type Server } from './server.ts';

/** Which name is given to what. */
export interface Publishing { readonly from: Path; readonly to: Path; readonly isNew: boolean; readonly signal: AbortSignal | undefined }

/** Gives a whole object its name. False when the server does not allow MOVE at all. Writers of one name take turns: some servers lock it for each. */
export async function publish(server: Server, publishing: Publishing): Promise<boolean> {
  const { turns } = server;
  const { to, signal } = publishing;
  const before = turns.get(to) ?? Promise.resolve();
  const work = before.then(() => move(server, publishing));
  const turn = work.then(() => undefined, () => undefined);
  turns.set(to, turn);
  void turn.then(() => { if (turns.get(to) === turn) turns.delete(to); });
  return await abortable(work, signal);
}

async function move(server: Server, publishing: Publishing): Promise<boolean> {
  const { learned, displayUrl } = server;
  const { to, isNew } = publishing;
  const response = await sendMove(server, publishing);
  if (isSuccess(response)) {
    response.cancel();
    learned.moves = true;
    noteMove(learned, to);
    return true;
  }
  const error = await webdavError(response, server.attempt('write', 'MOVE', to));
  if (response.status === 412 && isNew) throw new TowlineError('ALREADY_EXISTS', `'${to}' exists already on ${displayUrl}`, { cause: error, context: { path: to } });
  // 403 is no lack of the method where it has worked before.
  if (!isRefusal(response) || learned.moves === true) throw error;
  learned.moves = false;
  return false;
}

const isRefusal = ({ status }: HttpResponse): boolean => status === 405 || status === 501 || status === 403;

async function sendMove(server: Server, publishing: Publishing): Promise<HttpResponse> {
  const response = await transfer(server, 'MOVE', publishing);
  // A server behind a proxy may know itself by another name than we do, and take our URL for that of another server.
  if ((response.status !== 502 && response.status !== 400) || server.learned.destination === 'path') return response;
  response.cancel();
  server.learned.destination = 'path';
  const again = await transfer(server, 'MOVE', publishing);
  if (!isSuccess(again) && again.status !== 412) server.learned.destination = 'url';
  return again;
}

/** MOVE or COPY of a file within the remote. */
async function transfer(server: Server, method: 'MOVE', { from, to, isNew, signal }: Publishing): Promise<HttpResponse> {
  return await server.send(method, urlOf(server.base, from), { signal, headers: [['destination', destinationOf(server, to)], ['overwrite', isNew ? 'F' : 'T']] });
}

/** How the target of MOVE and COPY is named. */
export function destinationOf({ base, learned }: Server, to: Path): string {
  const url = urlOf(base, to);
  return learned.destination === 'path' ? url.pathname : url.href;
}

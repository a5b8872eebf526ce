import { TowlineError } from '../../errors.ts';
import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import type { CallOptions } from '../../storage/driver.ts';
import { readText } from '../../http/bounded.ts';
import type { DriveClient, DriveRequest } from './client.ts';

/** A resumable upload, as the service keeps it for a week under an address of its own. */
export interface UploadSession {
  readonly url: URL;
  /** Undefined: nobody knows before the end. */
  readonly size: number | undefined;
  /** How far the service is, or what it stored when it has all. */
  position(options: CallOptions): Promise<Progress>;
  /** Sends bytes from `start` on, with `isLast` the last ones. The service may keep fewer than it was sent. */
  send(bytes: Piece, options: CallOptions): Promise<Progress>;
  abort(): Promise<void>;
}
export type Progress = { readonly at: number; readonly stored?: never } | { readonly stored: unknown; readonly at?: never };
export interface Piece {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Of the whole object, where these are its last bytes. */
  readonly total?: number;
  readonly body: HttpBody;
}

/** The service stores only whole multiples of it, except at the end of an object. */
export const GRAIN = 256 * 1024;
/** "Resume Incomplete": no redirect. */
const INCOMPLETE = 308;

export function createUploadSession(client: DriveClient, { url, size, where }: Pick<UploadSession, 'url' | 'size'> & { readonly where: string }): UploadSession {
  const ask = async (request: Pick<DriveRequest, 'method' | 'verb'> & Partial<DriveRequest>): Promise<Progress> => {
    const response = await client.send({ where, path: url, accepts: [INCOMPLETE], ...request });
    if (response.status === INCOMPLETE) return { at: positionOf(response) };
    return { stored: JSON.parse(await readText(response, 64 * 1024)) as unknown };
  };
  const total = size ?? '*';
  return {
    url, size,
    position: ({ signal }) => ask({ method: 'PUT', verb: 'look at the upload of', headers: [['content-range', `bytes */${total}`]], body: { size: 0, bytes: new Uint8Array(), open: async function* () { /* Nothing to send. */ } }, signal }),
    send: ({ start, end, total: whole, body }, { signal }) => ask({
      method: 'PUT', verb: 'write', headers: [['content-range', `bytes ${end > start ? `${start}-${end - 1}` : '*'}/${whole ?? total}`], ['content-type', 'application/octet-stream']], body, signal,
    }),
    async abort() {
      // 499 is what the service says to an upload that was given up (https://cloud.google.com/storage/docs/performing-resumable-uploads#cancel-upload, 2026-11-21).
      (await client.send({ method: 'DELETE', verb: 'end the upload of', where, path: url, accepts: [404, 410, 499] })).cancel();
    },
  };
}

/** `Range: bytes=0-42`; without it the service has nothing. */
function positionOf(response: HttpResponse): number {
  const range = response.header('range');
  response.cancel();
  if (range === undefined) return 0;
  const last = /^bytes=0-(\d{1,15})$/.exec(range)?.[1];
  if (last === undefined) throw new TowlineError('CORRUPT', 'The service says of an upload that it has a part, but not which', { hint: 'Start it anew.' });
  return Number(last) + 1;
}

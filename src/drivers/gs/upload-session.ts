import { hasCode, TowlineError } from '../../errors.ts';
import { readText } from '../../http/bounded.ts';
import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import type { WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Checksum } from '../../storage/source.ts';
import { bytesBody } from '../../storage/request-body.ts';
import type { Header } from './request.ts';
import { conditionQuery, metadataOf } from './conditions.ts';
import { hashFields, OBJECT_FIELDS, type ObjectResource, readResource } from './resource.ts';
import type { Session } from './session.ts';

const ANSWER_BYTES = 256 * 1024;
/** The answer that means "go on": https://cloud.google.com/storage/docs/performing-resumable-uploads, 2026-11-21. */
const GO_ON = 308;

/** What the service holds of an upload: so many bytes, or all as an object. */
export type Standing = { readonly kind: 'open'; readonly held: number } | { readonly kind: 'done'; readonly resource: ObjectResource };

/** One resumable upload on the service; it lives a week. */
export interface UploadSession {
  /** Path and query below the endpoint. A secret: who has it can write the object. */
  readonly target: string;
  /** Sends the bytes from `start` on. `total`, on the last call only, makes the object visible. */
  send(range: { readonly start: number; readonly end: number; readonly total?: number }, body: HttpBody, options: { readonly signal?: AbortSignal | undefined; readonly checksum?: Checksum | undefined }): Promise<Standing>;
  /** Asks what has arrived. */
  ask(signal: AbortSignal | undefined): Promise<Standing>;
  end(): Promise<void>;
}

/** Opens an upload. A hash that is known beforehand is checked by the service before it shows the object. */
export async function openSession(session: Session, path: Path, { options, checksum }: { readonly options: WriteOptions; readonly checksum: Checksum | undefined }): Promise<UploadSession> {
  const { client, keyOf } = session;
  const key = keyOf(path);
  const conditions = await conditionQuery(session, path, options);
  const described = { ...metadataOf(key, options), ...hashFields(checksum) };
  const response = await client.send({
    method: 'POST', verb: 'start the upload of', key, target: client.at.upload({ ...conditions, fields: OBJECT_FIELDS, name: key, uploadType: 'resumable' }),
    headers: [['content-type', 'application/json; charset=utf-8'], ['x-upload-content-type', contentType(described.contentType)]], body: bytesBody(Buffer.from(JSON.stringify(described))), signal: options.signal,
  });
  response.cancel();
  return createSession(session, key, sessionTarget(session, response));
}

const contentType = (text: string): string => (/^[\x20-\x7e]+$/.test(text) ? text : 'application/octet-stream');

/** Of the address of the session only path and query are used: the host is the one that the credentials are for. */
function sessionTarget({ client }: Session, response: HttpResponse): string {
  const location = response.header('location') ?? '';
  if (!URL.canParse(location, client.endpoint.base)) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the service named no upload`);
  const { pathname, search } = new URL(location, client.endpoint.base);
  const { pathname: base } = new URL(client.endpoint.base);
  return (base !== '/' && pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : pathname) + search;
}

export function createSession({ client }: Session, key: string, target: string): UploadSession {
  const put = async (verb: string, range: string, { headers = [], body, signal }: { readonly headers?: readonly Header[]; readonly body?: HttpBody; readonly signal: AbortSignal | undefined }): Promise<Standing> => {
    const response = await client.send({
      method: 'PUT', verb, key, target, headers: [['content-range', range], ...headers], body: body ?? bytesBody(new Uint8Array()), expected: [GO_ON], signal,
    });
    return standing(response, client.where(key));
  };
  return {
    target,
    send: ({ start, end, total }, body, { signal, checksum }) => {
      const hash = hashFields(checksum);
      const headers: readonly Header[] = total === undefined || Object.keys(hash).length === 0 ? [] : [['x-goog-hash', hash.md5Hash === undefined ? `crc32c=${hash.crc32c ?? ''}` : `md5=${hash.md5Hash}`]];
      return put(total === undefined ? 'write' : 'finish the upload of', `bytes ${end > start ? `${start}-${end - 1}` : '*'}/${total ?? '*'}`, { headers, body, signal });
    },
    ask: (signal) => put('look at the upload of', 'bytes */*', { signal }),
    async end() {
      try {
        // 499 is the answer to a session that was given up.
        (await client.send({ method: 'DELETE', verb: 'end the upload of', key, target, body: bytesBody(new Uint8Array()), expected: [499] })).cancel();
      } catch (error) {
        if (!hasCode(error, 'NOT_FOUND') && !hasCode(error, 'INVALID_ARGUMENT')) throw error;
      }
    },
  };
}

async function standing(response: HttpResponse, where: string): Promise<Standing> {
  if (response.status !== GO_ON) {
    let answer: unknown;
    try {
      answer = JSON.parse(await readText(response, ANSWER_BYTES));
    } catch (cause) {
      if (cause instanceof TowlineError) throw cause;
      throw new TowlineError('CORRUPT', `${where}: the server answered an upload with something else than JSON`, { cause });
    }
    return { kind: 'done', resource: readResource(answer) };
  }
  response.cancel();
  const range = response.header('range');
  const end = /^(?:bytes=)?0-(\d{1,16})$/.exec(range ?? '')?.[1];
  if (range !== undefined && end === undefined) throw new TowlineError('CORRUPT', `${where}: the service holds a range of the upload that cannot be gone on with`, { hint: 'Start it anew.' });
  return { kind: 'open', held: end === undefined ? 0 : Number(end) + 1 };
}

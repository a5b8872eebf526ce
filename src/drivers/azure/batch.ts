import { hash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import { errorFields } from '../../http/error-xml.ts';
import type { CallOptions, ObjectName } from '../../storage/driver.ts';
import { bytesBody } from '../../storage/request-body.ts';
import { describeRefusal } from './refusal.ts';
import type { Session } from './session.ts';

/** The most that one batch takes. https://learn.microsoft.com/rest/api/storageservices/blob-batch */
export const BATCH_SIZE = 256;
const ANSWER_BYTES = 4 * 1024 * 1024;

/** Sessions whose service takes no batches: it is not asked again. */
const withoutBatches = new WeakSet<Session>();

/** Deletes many blobs in one request; gives back those that are still to be deleted one by one, which says what is the matter with them. */
export async function deleteTogether(session: Session, names: readonly ObjectName[], { signal }: CallOptions): Promise<readonly ObjectName[]> {
  if (withoutBatches.has(session)) return names;
  const { client } = session;
  const possible = names.filter(({ path }) => !path.includes('\\'));
  const boundary = `batch_${hash('sha256', names.map(({ path }) => path).join('\n'), 'hex').slice(0, 32)}`;
  const bytes = Buffer.from(await batchText(session, possible, boundary));
  try {
    const { response, text } = await client.ask({
      method: 'POST', verb: 'delete objects in', query: { restype: 'container', comp: 'batch' },
      headers: [['content-type', `multipart/mixed; boundary=${boundary}`]], body: bytesBody(bytes), signal,
    }, ANSWER_BYTES);
    const done = readAnswers(text, response.header('content-type') ?? '');
    const isDone = new Set(possible.filter((_, index) => done.has(index)));
    return names.filter((name) => !isDone.has(name));
  } catch (error) {
    // A SAS of a container, an emulator or a proxy may not take batches: each blob by itself says what is wrong, if anything is.
    if (!(error instanceof TowlineError) || !['UNSUPPORTED', 'INVALID_ARGUMENT', 'PERMISSION_DENIED', 'CORRUPT'].includes(error.code)) throw error;
    withoutBatches.add(session);
    return names;
  }
}

async function batchText({ client, keyOf }: Session, names: readonly ObjectName[], boundary: string): Promise<string> {
  const parts = await Promise.all(names.map(async ({ path, versionId }, index) => {
    const { target, headers } = await client.sealed({ method: 'DELETE', verb: 'delete', key: keyOf(path), query: { versionid: versionId } });
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    return [`--${boundary}`, 'Content-Type: application/http', 'Content-Transfer-Encoding: binary', `Content-ID: ${index}`, '', `DELETE ${target} HTTP/1.1`, ...lines, 'Content-Length: 0', '', ''].join('\r\n');
  }));
  return `${parts.join('')}--${boundary}--\r\n`;
}

/** The numbers of the requests that were granted, or whose blob was not there. */
export function readAnswers(text: string, contentType: string): ReadonlySet<number> {
  const boundary = /boundary="?([^";\s]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new TowlineError('CORRUPT', 'The server answered a batch with something else');
  const done = new Set<number>();
  for (const part of text.split(`--${boundary}`)) {
    const [, id] = /^content-id:\s*(\d+)\s*$/im.exec(part) ?? [];
    const [, status] = /^HTTP\/1\.[01] (\d{3})/m.exec(part) ?? [];
    if (id === undefined || status === undefined) continue;
    if (status.startsWith('2') || isAbsent(part, Number(status))) done.add(Number(id));
  }
  return done;
}

function isAbsent(part: string, status: number): boolean {
  if (status !== 404) return false;
  const header = (name: string): string | undefined => new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'im').exec(part)?.[1];
  const { code } = describeRefusal({ status, header }, errorFields(/<\?xml[^]*/.exec(part)?.[0] ?? ''), 0);
  return code === 'BlobNotFound';
}

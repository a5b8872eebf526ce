import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Checksum, Entry, WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { bodyOf, payloadHash } from './body.ts';
import { contentHeaders } from './conditions.ts';
import { contentMd5, entryOf, md5Base64 } from './entry.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';

export interface Put {
  readonly source: Source;
  readonly options: WriteOptions;
  readonly size: number;
  readonly conditions: readonly Header[];
}

/** One PUT. The service checks the bytes against Content-MD5 before it shows them. */
export async function put(session: Session, path: Path, { source, options, size, conditions }: Put): Promise<Entry> {
  const { client, headers } = session;
  const { signal } = options;
  const key = session.keyOf(path);
  const body = bodyOf(source, size, signal ? { signal } : {});
  const md5 = contentMd5(source.checksum) ?? (body.bytes && md5Base64(body.bytes));
  const sent: Header[] = [...headers.write, ...headers.key, ...contentHeaders(options), ...conditions];
  if (md5 !== undefined) sent.push(['content-md5', md5]);
  const response = await client.send({ method: 'PUT', verb: 'write', key, headers: sent, body, payloadHash: await payloadHash(body, session), signal });
  response.cancel();
  const entry = entryOf(path, response, { size, hidesMd5: headers.hidesMd5 });
  await requireSameMd5(session, { entry, expected: source.checksum, response });
  return entry;
}

/** A service that does not look at Content-MD5 shows by its ETag what it stored. */
async function requireSameMd5({ client, keyOf }: Session, { entry, expected, response }: { readonly entry: Entry; readonly expected: Checksum | undefined; readonly response: HttpResponse }): Promise<void> {
  if (expected?.name !== 'md5' || entry.checksum === undefined || entry.checksum.value === expected.value.toLowerCase() || !(await client.profile()).etagIsMd5) return;
  throw new TowlineError('CORRUPT', `${client.where(keyOf(entry.path))}: the service stored other bytes than were sent (ETag ${entry.checksum.value}, expected ${expected.value})`, {
    hint: 'Look whether the source is what it should be; if it is, for a proxy that alters uploads.', context: { requestId: response.header('x-amz-request-id') ?? '' },
  });
}

import { TowlineError } from '../../errors.ts';
import { contentMd5, md5Base64 } from '../../storage/content-md5.ts';
import type { Entry, WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { bodyOf } from '../../storage/request-body.ts';
import type { Source } from '../../storage/source.ts';
import { conditionHeaders, contentHeaders } from './conditions.ts';
import { entryOf, md5Of } from './entry.ts';
import type { Session } from './session.ts';
import type { Header } from './shared-key.ts';

/** One Put Blob. The service checks the bytes against Content-MD5 before it shows them, and says what MD5 it found itself. */
export async function put(session: Session, path: Path, { source, size, options }: { readonly source: Source; readonly size: number; readonly options: WriteOptions }): Promise<Entry> {
  const { client, keyOf } = session;
  const key = keyOf(path);
  const body = bodyOf(source, size, options.signal ? { signal: options.signal } : {});
  const md5 = contentMd5(source.checksum) ?? (body.bytes && md5Base64(body.bytes));
  const headers: readonly Header[] = [['x-ms-blob-type', 'BlockBlob'], ...contentHeaders(options), ...conditionHeaders(options), ...(md5 === undefined ? [] : [['content-md5', md5] as const])];
  const response = await client.send({ method: 'PUT', verb: 'write', key, headers, body, signal: options.signal });
  response.cancel();
  const checksum = md5Of(response.header('content-md5'));
  if (source.checksum?.name === 'md5' && checksum !== undefined && checksum.value !== source.checksum.value.toLowerCase()) {
    throw new TowlineError('CORRUPT', `${client.where(key)}: the service stored other bytes than were sent (MD5 ${checksum.value}, expected ${source.checksum.value})`, {
      hint: 'Look whether the source is what it should be; if it is, for a proxy that alters uploads.', context: { requestId: response.header('x-ms-request-id') ?? '' },
    });
  }
  return { ...entryOf(path, response, size), ...(checksum && { checksum }) };
}

import { contentMd5, md5Base64 } from '../../storage/content-md5.ts';
import type { Entry, WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { bodyOf } from '../../storage/request-body.ts';
import type { Source } from '../../storage/source.ts';
import { contentHeaders } from './conditions.ts';
import { entryOf } from './entry.ts';
import type { Header } from './request.ts';
import type { Session } from './session.ts';
import { requireSameSum, summed } from './summed-body.ts';

/** Up to this size one request stores an object. */
export const SINGLE_BYTES = 64 * 1024 ** 2;

export interface Put {
  /** In memory, or of a known MD5: so that the service can check the bytes before it shows them. */
  readonly source: Source;
  readonly options: WriteOptions;
  readonly size: number;
  readonly conditions: readonly Header[];
}

/** One PUT. The service checks the bytes against Content-MD5 before it shows them; its CRC-64 is compared with ours besides. */
export async function put({ client, keyOf }: Session, path: Path, { source, options, size, conditions }: Put): Promise<Entry> {
  const { signal } = options;
  const key = keyOf(path);
  const sent = summed(bodyOf(source, size, signal ? { signal } : {}));
  const { bytes } = sent.body;
  const md5 = contentMd5(source.checksum) ?? (bytes && md5Base64(bytes));
  const headers: Header[] = [...contentHeaders(options), ...conditions];
  if (md5 !== undefined) headers.push(['content-md5', md5]);
  const response = await client.send({ method: 'PUT', verb: 'write', key, headers, body: sent.body, signal });
  response.cancel();
  requireSameSum(response, sent, client.where(key));
  const entry = entryOf(path, response, size);
  return md5 === undefined ? entry : { ...entry, checksum: { name: 'md5', value: Buffer.from(md5, 'base64').toString('hex') } };
}

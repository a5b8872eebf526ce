import { TowlineError } from '../../errors.ts';
import { contentHeaders as headersOf } from '../../storage/content-headers.ts';
import type { WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Header } from './request.ts';
import type { Session } from './session.ts';

/** What describes the content itself. */
export const contentHeaders = (options: WriteOptions): Header[] => headersOf(options, 'x-oss-meta-');

/**
 * The conditions of `mode`. `x-oss-forbid-overwrite` does nothing in a bucket that keeps versions or once kept them, and OSS has no If-Match on
 * writes (https://www.alibabacloud.com/help/en/oss/developer-reference/putobject, 2026-11-21): there it is UNSUPPORTED, before the first byte.
 */
export async function conditionHeaders(session: Session, path: Path, { mode = 'overwrite', signal }: WriteOptions): Promise<readonly Header[]> {
  if (mode === 'overwrite') return [];
  const { client, options: { conditional_writes: choice = 'auto' } } = session;
  const where = client.where(session.keyOf(path));
  if (mode !== 'create') throw new TowlineError('UNSUPPORTED', `${where}: OSS cannot replace an object only if it is unchanged`);
  if (choice === 'off') throw new TowlineError('UNSUPPORTED', `${where}: conditional_writes is off`, { hint: 'Unset it where the bucket keeps no versions.' });
  const versioning = choice === 'on' ? 'none' : await session.versioning(signal);
  if (versioning === 'none') return [['x-oss-forbid-overwrite', 'true']];
  throw new TowlineError('UNSUPPORTED', `${where}: ${versioning === 'kept' ? 'OSS cannot refuse to overwrite in a bucket that keeps versions' : 'it is not known whether the bucket keeps versions, and OSS cannot refuse to overwrite where it does'}`, {
    ...(versioning === 'kept' ? {} : { hint: 'Ask for the permission oss:GetBucketVersioning, or set conditional_writes to on if the bucket keeps none.' }),
  });
}

import { TowlineError } from '../../errors.ts';
import { contentHeaders as headersOf } from '../../storage/content-headers.ts';
import type { WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';

/** What describes the content itself. */
export const contentHeaders = (options: WriteOptions): Header[] => headersOf(options, 'x-amz-meta-');

/** The conditions of `mode`; UNSUPPORTED where this service is not known to honour them. */
export async function conditionHeaders(session: Session, path: Path, { mode = 'overwrite', signal }: WriteOptions): Promise<readonly Header[]> {
  if (mode === 'overwrite') return [];
  const { client, options } = session;
  const choice = options.conditional_writes ?? 'auto';
  if (choice === 'off' || (choice === 'auto' && !(await client.profile(signal)).conditionalWrites)) {
    throw new TowlineError('UNSUPPORTED', `${client.where(session.keyOf(path))}: this service is not known to honour conditions on writes`, { hint: 'If it does, set conditional_writes to on.' });
  }
  return mode === 'create' ? [['if-none-match', '*']] : [['if-match', `"${mode.ifMatch}"`]];
}

/** The service says "precondition failed" for both modes. A missing object does not match either. */
export function asExisting(error: unknown, mode: WriteOptions['mode']): unknown {
  if (!(error instanceof TowlineError) || mode === undefined || mode === 'overwrite') return error;
  const { hint, context } = error;
  const details = { cause: error, context, ...(hint === undefined ? {} : { hint }) };
  if (mode === 'create') return error.code === 'PRECONDITION_FAILED' ? new TowlineError('ALREADY_EXISTS', error.message.replace('it has changed', 'it exists already'), details) : error;
  return error.code === 'NOT_FOUND' && context['serviceCode'] === 'NoSuchKey' ? new TowlineError('PRECONDITION_FAILED', error.message, details) : error;
}

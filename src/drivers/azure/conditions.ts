import { TowlineError } from '../../errors.ts';
import type { WriteOptions } from '../../storage/driver.ts';
import type { Header } from './shared-key.ts';

/** What describes the content itself. The names of metadata must be those of a C# identifier. */
export function contentHeaders({ contentType, metadata = {} }: WriteOptions): readonly Header[] {
  const own = Object.entries(metadata).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new TowlineError('INVALID_ARGUMENT', `Metadata cannot be named ${JSON.stringify(name)} on Azure`, { hint: "Use letters, digits and '_'." });
    return [`x-ms-meta-${name.toLowerCase()}`, value] as const;
  });
  const all: readonly Header[] = [...(contentType === undefined ? [] : [['x-ms-blob-content-type', contentType] as const]), ...own];
  for (const [name, value] of all) if (/[^\x20-\x7e]/.test(value)) throw new TowlineError('INVALID_ARGUMENT', `Header ${name} cannot have the value ${JSON.stringify(value)}`, { hint: 'Use plain ASCII.' });
  return all;
}

/** The conditions of `mode`, all of which the service honours. */
export function conditionHeaders({ mode = 'overwrite' }: WriteOptions): readonly Header[] {
  if (mode === 'overwrite') return [];
  return mode === 'create' ? [['if-none-match', '*']] : [['if-match', mode.ifMatch]];
}

/** The service says "exists already" or "has changed" for both modes. A missing object does not match either. */
export function asCondition(error: unknown, mode: WriteOptions['mode']): unknown {
  if (!(error instanceof TowlineError) || mode === undefined || mode === 'overwrite') return error;
  const { hint, context, message } = error;
  const details = { cause: error, context, ...(hint === undefined ? {} : { hint }) };
  const isRefusal = error.code === 'ALREADY_EXISTS' || error.code === 'PRECONDITION_FAILED';
  if (mode === 'create') return isRefusal ? new TowlineError('ALREADY_EXISTS', message.replace('it has changed', 'it exists already'), details) : error;
  return isRefusal || error.code === 'NOT_FOUND' ? new TowlineError('PRECONDITION_FAILED', message, details) : error;
}

import { TowlineError } from '../errors.ts';
import type { HttpResponse } from '../http/transport.ts';
import type { Entry, StatOptions, WriteOptions } from './driver.ts';

/** What describes the content itself; metadata get the service's prefix. */
export function contentHeaders({ contentType, metadata = {} }: Pick<WriteOptions, 'contentType' | 'metadata'>, prefix: string): (readonly [name: string, value: string])[] {
  const all = [...(contentType === undefined ? [] : [['content-type', contentType] as const]), ...Object.entries(metadata).map(([name, value]) => [`${prefix}${name.toLowerCase()}`, value] as const)];
  for (const [name, value] of all) if (!/^[\w-]+$/.test(name) || /[^\x20-\x7e]/.test(value)) throw new TowlineError('INVALID_ARGUMENT', `Header ${JSON.stringify(name)} cannot have the value ${JSON.stringify(value)}`, { hint: 'Use plain ASCII.' });
  return all;
}

/** The metadata that an answer tells, each under the service's prefix; nothing where they are not wanted. */
export function metadataIn(response: HttpResponse, prefix: string, { withMetadata = false }: StatOptions): Pick<Entry, 'metadata'> {
  if (!withMetadata) return {};
  return { metadata: Object.fromEntries([...response.headers()].flatMap(([name, value]) => (name.toLowerCase().startsWith(prefix) ? [[name.slice(prefix.length).toLowerCase(), value] as const] : []))) };
}

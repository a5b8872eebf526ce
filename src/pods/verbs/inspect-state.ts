import { openZip } from '../../storage/archive/open-zip.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Source } from '../../storage/source.ts';
import { readMetadata } from '../states/zip/metadata.ts';

/** How many files a state holds of a service in a region of an account, and how large they are. */
export interface StateUnit { readonly account: string; readonly service: string; readonly region: string; readonly files: number; readonly bytes: number }
export interface StateContents { readonly metadata: Readonly<Record<string, unknown>>; readonly units: readonly StateUnit[]; readonly otherFiles: number }

/** What is in a state, as far as that can be said without reading pickles. */
export async function inspectState(source: Source, options: CallOptions = {}): Promise<StateContents> {
  const zip = await openZip(source, options);
  const units = new Map<string, StateUnit>();
  let otherFiles = 0;
  for (const { name, size } of zip.members) {
    if (name.endsWith('/') || name === 'metadata.yaml') continue;
    const [top, account = '', service = '', region = '', file] = name.split('/');
    const isUnit = top === 'api_states' && file !== undefined;
    const isAsset = top === 'assets' && service !== '';
    if (!isUnit && !isAsset) { otherFiles += 1; continue; }
    const facts = isUnit ? { account, service, region } : { account: '', service: account, region: 'assets' };
    const key = Object.values(facts).join('/');
    const before = units.get(key);
    units.set(key, { ...facts, files: (before?.files ?? 0) + 1, bytes: (before?.bytes ?? 0) + size });
  }
  const rows = [...units].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, unit]) => unit);
  return { metadata: (await readMetadata(zip)) ?? {}, units: rows, otherFiles };
}

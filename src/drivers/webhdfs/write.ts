import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { entryOf } from './file-status.ts';
import { discard, findStatus, store } from './operations.ts';
import { about, type About, folderOf, nameOf, type Place, temporaryIn } from './place.ts';
import { publish } from './publish.ts';

/** Stores one object: under another name first, then renamed. */
export async function write(place: Place, path: Path, { source, mode, signal }: WriteOptions & { readonly source: Source }): Promise<Written> {
  const what = about('write', path, signal);
  const to = nameOf(place, path);
  const isNew = await checkMode(place, what, mode);
  const from = temporaryIn(place, folderOf(to));
  try {
    const status = await store(place, from, { ...what, source });
    throwIfAborted(signal);
    await publish(place, { from, to, isNew }, what);
    return { entry: entryOf(path, status), how: 'streamed' };
  } catch (error) {
    await discard(place, from, what);
    throw error;
  }
}

/** Whether nothing may be there, which is looked at before the first byte; the last word has `publish`. */
export async function checkMode(place: Place, what: About, mode: WriteOptions['mode']): Promise<boolean> {
  if (typeof mode === 'object') throw new TowlineError('UNSUPPORTED', 'HDFS cannot replace a file only if it is unchanged');
  if (mode !== 'create') return false;
  if (await findStatus(place, nameOf(place, what.path), what)) throw new TowlineError('ALREADY_EXISTS', `'${what.path}' is on ${place.displayUrl} already`, { context: { path: what.path } });
  return true;
}

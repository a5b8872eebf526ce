import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { closeFile, createFile, fillFile } from './file-writer.ts';
import { attempt, type HdfsPlace, serverPath, temporaryName } from './place.ts';

/** Stores one object: under another name first, then renamed, which replaces in one step. */
export async function writeObject(place: HdfsPlace, path: Path, { source, options = {} }: { readonly source: Source; readonly options?: WriteOptions }): Promise<Written> {
  refuseIfMatch(options.mode);
  const { signal } = options;
  return await attempt(place, { verb: 'write', path, signal }, async () => {
    const to = serverPath(place, path);
    const isNew = options.mode === 'create';
    if (isNew) await refuseExisting(place, to, signal);
    const from = temporaryName(place, to);
    const release = place.lease.hold();
    try {
      const file = await createFile(place, from, signal);
      const size = await fillFile(place, file, source.open(signal === undefined ? {} : { signal }));
      if (source.size !== undefined && size !== source.size) throw new TowlineError('CORRUPT', `the source gave ${size} bytes where ${source.size} were announced`);
      await closeFile(place, file, signal);
      throwIfAborted(signal);
      await publish(place, { from, to, isNew });
      return { entry: { path, kind: 'file', size }, how: 'streamed' };
    } catch (error) {
      await discard(place, from);
      throw error;
    } finally {
      release();
    }
  });
}

/** HDFS has no way to replace a file only if it is unchanged. */
export function refuseIfMatch(mode: WriteOptions['mode']): void {
  if (typeof mode === 'object') throw new TowlineError('UNSUPPORTED', 'HDFS cannot replace a file only if it is unchanged');
}

/** Finds out before the first byte; the last word has the rename. */
export async function refuseExisting({ nameNode }: HdfsPlace, name: string, signal: AbortSignal | undefined): Promise<void> {
  if ((await nameNode.call('getFileInfo', { src: name }, signal)).fs !== undefined) throw new TowlineError('ALREADY_EXISTS', `'${name}' exists already on the cluster`);
}

/** Gives a whole file its name. Not to be given up in the middle: nobody would know whether it happened. */
export async function publish({ nameNode }: HdfsPlace, { from, to, isNew }: { readonly from: string; readonly to: string; readonly isNew: boolean }): Promise<void> {
  await nameNode.call('rename2', { src: from, dst: to, overwriteDest: !isNew });
}

/** Takes away what a failed write left, as far as the cluster still answers. Its own failure is no news: the one that led here is reported. */
export async function discard({ nameNode }: HdfsPlace, name: string): Promise<void> {
  await nameNode.call('delete', { src: name, recursive: false }).catch(() => undefined);
}

import type { Disk } from '../disk/disk.ts';
import { temporaryPath } from '../disk/temporary.ts';
import { type CallOptions, throwIfAborted } from '../storage/call.ts';
import { fromFile } from '../storage/file-source.ts';
import type { Source } from '../storage/source.ts';
import { verified } from '../storage/verified.ts';
import { TowlineError } from '../errors.ts';

/** A file of ours, until it is disposed of. */
export interface Spool { readonly zip: Source; dispose(): void }

const MOST_CUTS = 5;

/** A source as a file of ours: it can be opened again and in ranges, at no cost. After a cut it goes on where it was, as long as each try brings more. */
export async function writeSource(source: Source, { disk, folder, sha256, signal }: CallOptions & { readonly disk: Disk; readonly folder: string; /** Of the whole, where it is known. */ readonly sha256?: string | undefined }): Promise<Spool> {
  const path = temporaryPath(folder);
  const file = disk.create(path, { mode: 0o600 });
  let size = 0;
  let wasCut = false;
  try {
    for (let cuts = 0; ; ) {
      const before = size;
      try {
        for await (const chunk of source.open({ ...(signal && { signal }), ...(size > 0 && { start: size }) })) {
          file.write(chunk);
          size += chunk.byteLength;
        }
        break;
      } catch (error) {
        throwIfAborted(signal);
        wasCut = true;
        cuts = size > before ? 1 : cuts + 1;
        if (!(error instanceof TowlineError) || !error.retryable || source.size === undefined || cuts >= MOST_CUTS) throw error;
      }
    }
    // Who gave it has checked what came in one piece; of what did not, nobody has seen the whole.
    if (wasCut && sha256 !== undefined) for await (const _ of verified(fromFile(path, size), { name: 'sha256', value: sha256 }).open({ ...(signal && { signal }) }));
    file.close();
  } catch (error) {
    file.close();
    disk.remove(path);
    throw error;
  }
  return { zip: fromFile(path, size), dispose: () => { disk.remove(path); } };
}

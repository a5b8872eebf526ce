import { bodyOf, gather } from '../../storage/content.ts';
import type { Content, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { type Source, withStart } from '../../storage/source.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Task } from '../../storage/transfer/task.ts';

/** Objects from this size on are fetched in parts at once, and taken up where they stopped. */
export const IN_PARTS = 32 << 20;

/** One object to be fetched by as few requests as can be: a small one is read by the request that asks how large it is. */
export async function beginRead(storage: Storage, path: Path, signal: AbortSignal | undefined): Promise<{ readonly entry: Entry; readonly source: Source } & Pick<Task, 'expected'>> {
  const content = await storage.driver.read(path, signal && { signal });
  const { entry } = content;
  const { checksum } = entry;
  const expected = checksum?.name === 'md5' || checksum?.name === 'sha256' ? { expected: { name: checksum.name, value: checksum.value } as const } : {};
  const again = storage.source({ ...entry, path });
  if ((entry.size ?? 0) >= IN_PARTS) {
    content.cancel();
    return { entry, source: again, ...expected };
  }
  return { entry, source: openOnce(content, again), ...expected };
}

/** The first read of the whole takes the answer that is here already; every further one asks anew. */
function openOnce(content: Content, again: Source): Source {
  const { size } = content.entry;
  let isTaken = false;
  const source: Source = {
    size,
    open(options) {
      const isWhole = (options?.start ?? 0) === 0 && (options?.end === undefined || options.end === size);
      if (isTaken || !isWhole) return again.open(options);
      isTaken = true;
      return bodyOf(content);
    },
  };
  if (size === undefined) return source;
  // Only small ones are begun so: their bytes are gathered, and hashed and written at once, which is a third of what a stream of them costs.
  return withStart(source, async (options) => {
    const bytes = content.bytes ?? (await gather(source.open(options), size));
    isTaken = true;
    return { bytes, body: bodyOf({ ...content, bytes }), cancel: () => undefined };
  });
}

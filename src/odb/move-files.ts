import { throwIfAborted } from '../storage/call.ts';
import { type QuickCopy, quickOf } from '../storage/quick.ts';
import type { Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { whereLoose } from './loose-place.ts';
import type { QuickMover } from './move-small.ts';
import type { ObjectDb } from './object-db.ts';
import type { OidSet } from './oid-set.ts';

/** Handed over at once: more would only take memory. */
const BATCH = 128 * 1024;

/** Objects between two folders of this machine, each read once, in threads where they are many. Undefined where one of the two is no such folder. */
export function fileMover(source: ObjectDb, target: ObjectDb): QuickMover | undefined {
  const [from, to] = [whereLoose(source), whereLoose(target)];
  if (from === undefined || to === undefined || from.name !== to.name) return undefined;
  const [{ fileOf }, { copyFiles }] = [quickOf(from.storage.driver), quickOf(to.storage.driver)];
  if (fileOf === undefined || copyFiles === undefined) return undefined;
  const { name } = from;
  const copyOf = (oid: Oid, size: number | undefined): QuickCopy => {
    const path = objectPath(name, oid);
    return { from: fileOf(path), path, digest: oid.slice(0, 32), size };
  };
  return {
    takes: () => true,
    async move(wanted, { signal, take, onBytes = () => undefined }) {
      throwIfAborted(signal);
      const moved = wanted.part();
      let told = 0;
      const tell = (bytes: number): void => {
        told += bytes;
        onBytes(bytes);
      };
      for (const { oids, start } of batchesOf(wanted)) {
        await copyFiles({
          name, ...(signal && { signal }), onBytes: tell,
          files: { length: oids.length, at: (row) => { const oid = oids[row]; return oid && copyOf(oid, wanted.sizeAt(start + row)); } },
          onDone(row, bytes) {
            const oid = oids[row];
            if (oid === undefined) return;
            told -= bytes;
            take({ oid, how: 'copied', bytes });
            moved.mark(start + row);
          },
        });
      }
      // What was read of those that have not come will be read again.
      if (told !== 0) onBytes(-told);
      return wanted.minus(moved.build());
    },
  };
}

function* batchesOf(wanted: OidSet): Generator<{ readonly oids: readonly Oid[]; readonly start: number }> {
  let oids: Oid[] = [];
  let start = 0;
  for (const oid of wanted.oids()) {
    oids.push(oid);
    if (oids.length < BATCH) continue;
    yield { oids, start };
    start += oids.length;
    oids = [];
  }
  if (oids.length > 0) yield { oids, start };
}

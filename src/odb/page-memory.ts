import { createHash, hash } from 'node:crypto';
import { readFile } from '../disk/read.ts';
import { keepMemory } from './keep-memory.ts';
import { digestOfSet, type OidSet } from './oid-set.ts';
import type { MemorySettings } from './whole-memory.ts';

/**
 * What the pages of a listing looked like when everything that was looked for was in them. The service is asked every time; an answer that is the same to the
 * last byte names the same objects with the same sizes, so that it need not be read name by name. Where nothing changed that is nearly all of our work.
 */
export interface PageMemory {
  /** For a look at `wanted`. Undefined where not all their sizes are known: then a page says more than whether they are there. */
  begin(wanted: OidSet): PageLook | undefined;
}
/** One look. Pages are told apart by the first digits of the objects that were asked for. */
export interface PageLook {
  /** Whether `answer` is a page that had all wanted objects that begin with `start`. */
  isKnown(start: string, answer: Uint8Array): boolean;
  /** It was no page, or not the only one. */
  forget(start: string): void;
  /** All were found: keeps the pages of this look for the next program. */
  keep(): void;
}

const MAGIC = 'TOWP0001';

/** The memory of the last look at the objects of the remote that `place` names. Nothing is read before the first page. */
export function createPageMemory(place: string, { folder, disk }: Omit<MemorySettings, 'now'>): PageMemory {
  const file = `${folder}/pages-${createHash('md5').update(place).digest('hex')}`;
  return {
    begin(wanted) {
      const objects = digestOfSet(wanted);
      if (objects === undefined) return undefined;
      const seen = new Map<string, string>();
      let known: ReadonlyMap<string, string> | undefined;
      return {
        isKnown(start, answer) {
          const page = hash('sha256', answer, 'hex');
          seen.set(start, page);
          return (known ??= readPages(file, objects)).get(start) === page;
        },
        forget: (start) => void seen.delete(start),
        keep() {
          if (seen.size === 0 || [...seen].every(([start, page]) => known?.get(start) === page)) return;
          keepMemory(disk, file, [MAGIC, objects, ...[...seen].map(([start, page]) => `${start} ${page}`), ''].join('\n'));
        },
      };
    },
  };
}

/** Of other objects, or damaged, it is as good as none. */
function readPages(file: string, objects: string): ReadonlyMap<string, string> {
  const [magic, then, ...lines] = Buffer.from(readFile(file) ?? []).toString('latin1').split('\n');
  const isRight = magic === MAGIC && then === objects && lines.pop() === '' && lines.every((line) => /^[0-9a-f]{1,2} [0-9a-f]{64}$/.test(line));
  return new Map(isRight ? lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(-64)]) : []);
}

import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { supports } from '../../storage/driver.ts';
import { isPath, parsePath, type Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import type { Storage } from '../../storage/storage.ts';
import { transfer } from '../../storage/transfer/transfer.ts';

/** A run of the past: a small file, and where it lies below its storage. */
export interface Run { readonly path: Path; readonly source: Source }
/** Where the history of runs is kept. */
export interface Runs {
  /** The names of those it has. */
  held(options?: CallOptions): Promise<ReadonlySet<string>>;
  /** Those that are not among `held`, in bunches: one is asked for when the one before has been used. */
  lacking(held: ReadonlySet<string>, options?: CallOptions): AsyncIterable<readonly Run[]>;
  /** Stores runs; gives back how many. Throws the first failure. */
  add(runs: AsyncIterable<readonly Run[]>, options?: CallOptions): Promise<number>;
}

/** The folder in which DVC keeps them. */
export const RUNS = parsePath('runs');

/** `runs/<two digits>/<key>/<value>`: what else somebody put beside them is none. */
export const isRunPath = (text: string): text is Path => isPath(text) && /^runs\/([0-9a-f]{2})\/\1[0-9a-f]{62}\/[0-9a-f]{64}$/.test(text);

/** Runs as files, as DVC has them. */
export function storedRuns(storage: Storage): Runs {
  const requireList = (): void => {
    if (!supports(storage.driver, 'list')) throw new TowlineError('UNSUPPORTED', `run-cache is not supported for ${storage.driver.displayUrl}: it cannot be listed`);
  };
  return {
    async held(call) {
      requireList();
      const held = new Set<string>();
      for await (const entries of storage.walk(RUNS, call)) for (const { path } of entries) held.add(path);
      return held;
    },
    async *lacking(held, call) {
      requireList();
      for await (const entries of storage.walk(RUNS, call)) yield entries.filter(({ path }) => !held.has(path)).map((entry) => ({ path: entry.path, source: storage.source(entry) }));
    },
    async add(runs, call = {}) {
      const tasks = async function* (): AsyncGenerator<{ readonly source: Source; readonly to: Path }> {
        for await (const some of runs) for (const { path, source } of some) yield { source, to: path };
      };
      let copied = 0;
      for await (const { error } of transfer(storage, tasks(), call)) {
        if (error) throw error;
        copied++;
      }
      return copied;
    },
  };
}

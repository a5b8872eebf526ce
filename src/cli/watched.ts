import { nodeDisk } from '../disk/node.ts';
import { noteRead, noteUnknown, watchReads } from '../disk/watch.ts';
import { findRoot } from '../repo/find-root.ts';
import { rememberSaid } from '../repo/remember-said.ts';
import { OWN_VARIABLES } from '../repo/said-before.ts';
import type { Context } from './command.ts';
import { asking } from './repeated.ts';

/** What came of a command, and how to remember what it said. */
export interface Watched<T> {
  readonly result: T;
  /** For who found nothing to do, and said nothing else. */
  remember(text: string): void;
}

/** Runs a command, watching all it reads: the next one of these words need only look whether any of that has changed. */
export async function watched<T>(words: readonly string[], context: Context, work: (context: Context) => Promise<T>): Promise<Watched<T>> {
  const asked = asking(words);
  if (context.cwd !== asked.cwd) return { result: await work(context), remember: () => undefined };
  const [watch, since, variables] = [watchReads(), context.now(), new Set(['HOME'])];
  try {
    const root = findRoot(context.cwd);
    noteRead(asked.by[0] ?? '');
    const result = await work({ ...context, env: noting(context.env, variables), warn(warning) {
      // It would have to be said again.
      noteUnknown();
      context.warn(warning);
    } });
    return { result, remember: (text) => { rememberSaid(text, { ...asked, root, disk: nodeDisk, watch, since, variables }); } };
  } finally {
    watch.end();
  }
}

/** The same environment; `variables` gets the names that are asked for. */
function noting(env: Context['env'], variables: Set<string>): Context['env'] {
  const note = (name: string | symbol): void => void (typeof name === 'string' && variables.add(name));
  return new Proxy(env, {
    get(target, name) {
      note(name);
      return Reflect.get(target, name) as unknown;
    },
    has(target, name) {
      note(name);
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      note(OWN_VARIABLES);
      return Reflect.ownKeys(target);
    },
  });
}

import { nodeDisk } from '../disk/node.ts';
import { noteRead, noteUnknown, watchReads } from '../disk/watch.ts';
import { findRoot } from '../repo/find-root.ts';
import { rememberUpToDate } from '../repo/remember-up-to-date.ts';
import type { Context } from './command.ts';
import { asking } from './up-to-date.ts';

/** Runs `tow status`, watching all it reads: when it finds everything up to date, the next one need only look whether any of that has changed. */
export async function watchedStatus<T>(context: Context, isUpToDate: (result: T) => boolean, work: (context: Context) => Promise<T>): Promise<T> {
  const asked = asking();
  if (context.cwd !== asked.cwd) return work(context);
  const [watch, since, variables] = [watchReads(), context.now(), new Set(['HOME'])];
  try {
    noteRead(asked.by[0] ?? '');
    const result = await work({ ...context, env: noting(context.env, variables), warn(warning) {
      // It would have to be said again.
      noteUnknown();
      context.warn(warning);
    } });
    watch.end();
    if (isUpToDate(result)) rememberUpToDate({ ...asked, root: findRoot(context.cwd), disk: nodeDisk, watch, since, variables });
    return result;
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
      noteUnknown();
      return Reflect.ownKeys(target);
    },
  });
}

import { type Cache, openCache } from '../clearml/cache/open-cache.ts';
import { openSession, type Session } from '../clearml/session.ts';
import type { Moving } from '../clearml/verbs/save.ts';
import type { Context } from './command.ts';
import { rootOf } from './open-config.ts';
import { lend } from './open-repository.ts';

/** Lends what `clearml.conf` says while `work` runs. In a repository its remotes are known by name. */
export async function withClearml<T>(context: Context, work: (session: Session) => Promise<T>): Promise<T> {
  const session = openSession({ lent: lend(context), cwd: context.cwd, root: rootOf(context.cwd) });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** The same with the cache. */
export async function withClearmlCache<T>(context: Context, work: (cache: Cache, session: Session) => Promise<T>): Promise<T> {
  return await withClearml(context, async (session) => {
    const cache = openCache(session);
    try {
      return await work(cache, session);
    } finally {
      cache.claims.close();
    }
  });
}

/** Moves bytes before the eyes of who waits. */
export function watched({ report, signal }: Context, phase: { readonly name: string; readonly files?: number; readonly bytes?: number }): Required<Moving> {
  report?.({ kind: 'phase', ...phase });
  return { signal, onBytes: (bytes) => report?.({ kind: 'advance', files: 0, bytes }) };
}

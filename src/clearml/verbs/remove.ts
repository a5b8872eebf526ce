import { followFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { fromBytes } from '../../storage/source.ts';
import { joinPath, parsePath } from '../../storage/path.ts';
import type { Storage } from '../../storage/storage.ts';
import { pathOf, type Session } from '../session.ts';
import { exists } from './look.ts';

/** Deletes one object. False when it was not there. */
export async function remove(session: Session, url: string, signal?: AbortSignal): Promise<boolean> {
  if (!(await exists(session, url, { signal }))) return false;
  const target = await session.target(url, 'read');
  if (target.kind === 'local') {
    session.lent.disk.remove(target.path);
    return true;
  }
  await removeFrom(await session.open(target), pathOf(target), signal);
  return true;
}

async function removeFrom(storage: Storage, path: ReturnType<typeof parsePath>, signal: AbortSignal | undefined): Promise<void> {
  for await (const { error } of storage.remove([{ path }], signal && { signal })) if (error) throw error;
}

/** Writes a small object beside the others and deletes it again; throws what is not allowed. */
export async function checkWritePermissions(session: Session, url: string): Promise<true> {
  const target = await session.target(url, 'write');
  if (target.kind === 'local') {
    if (followFile(target.path) === undefined) throw new TowlineError('NOT_FOUND', `there is no '${target.path}'`, { context: { path: target.path } });
  } else if (target.isSingle === true) return true;
  const name = `.clearml.${Buffer.from(session.lent.randomBytes(16)).toString('hex')}.test`;
  const storage = target.kind === 'local' ? await session.folder(target.path) : await session.open(target);
  const path = joinPath(parsePath(''), name);
  await allowed(url, 'write', async () => { await storage.require('write').write(path, fromBytes(Buffer.from('clearml'))); });
  await allowed(url, 'delete', async () => { await removeFrom(storage, path, undefined); });
  return true;
}

async function allowed(url: string, what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    if (!(cause instanceof TowlineError) || cause.code === 'ABORTED') throw cause;
    throw new TowlineError(cause.code, `Insufficient permissions (${what} failed) for ${url}`, { cause, hint: cause.hint ?? cause.message });
  }
}

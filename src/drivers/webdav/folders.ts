import type { Path } from '../../storage/path.ts';
import { webdavError } from './errors.ts';
import { isGone, isSuccess, type Server } from './server.ts';

/** Makes the folder of `url` and those above it, each once for all writers. True when it had been made before this call. */
export async function makeFolderOf(server: Server, url: URL, about: { readonly path: Path; readonly signal: AbortSignal | undefined }): Promise<boolean> {
  const folder = parentOf(url.pathname);
  const wasKnown = server.folders.has(folder);
  await ensure(server, new URL(folder, url), about);
  return wasKnown;
}

/** Somebody has taken the folder away again: it and those above are made anew when they are asked for. */
export function forgetFolderOf({ folders }: Server, url: URL): void {
  for (let folder = parentOf(url.pathname); folder !== '/'; folder = parentOf(folder)) folders.delete(folder);
}

/** '/a/b' and '/a/b/' lie in '/a/'. */
const parentOf = (pathname: string): string => pathname.replace(/[^/]*\/?$/, '');

async function ensure(server: Server, folder: URL, about: { readonly path: Path; readonly signal: AbortSignal | undefined }): Promise<void> {
  const { pathname } = folder;
  const known = server.folders.get(pathname);
  if (known) return await known;
  const making = make(server, folder, about);
  server.folders.set(pathname, making);
  try {
    await making;
  } catch (error) {
    if (server.folders.get(pathname) === making) server.folders.delete(pathname);
    throw error;
  }
}

async function make(server: Server, folder: URL, { path, signal }: { readonly path: Path; readonly signal: AbortSignal | undefined }): Promise<void> {
  let response = await server.send('MKCOL', folder, { signal });
  if ((isGone(response) || response.status === 409) && parentOf(folder.pathname) !== '/') {
    response.cancel();
    await ensure(server, new URL(parentOf(folder.pathname), folder), { path, signal });
    response = await server.send('MKCOL', folder, { signal });
  }
  // 405: something is there already. Whether that is a folder shows at the next write.
  if (!isSuccess(response) && response.status !== 405) throw await webdavError(response, server.attempt('write', 'MKCOL', path));
  response.cancel();
}

import { posix, win32 } from 'node:path';
import type { Runtime } from '../runtime.ts';
import { pathPrefix } from './url-scheme.ts';

/** What the meaning of a path in a config file hangs on. */
export type PathContext = Pick<Runtime, 'home' | 'platform'>;

/** Keys whose value DVC takes relative to the folder of the config file. `ssl_verify` is none of them: DVC takes it relative to the current folder. */
const REMOTE_PATHS = ['url', 'gdrive_user_credentials_file', 'gdrive_service_account_json_file_path', 'credentialpath', 'configpath', 'keyfile', 'cert_path', 'key_path'];
const MACHINE_PATHS = ['startup_script', 'setup_script'];

/** Whether DVC reads `key` of `section` (`core`, `remote "name"`) as a path. */
export function isPathKey(section: string, key: string): boolean {
  if (section === 'cache') return key === 'dir';
  if (section.startsWith('remote "')) return REMOTE_PATHS.includes(key);
  return section.startsWith('machine "') && MACHINE_PATHS.includes(key);
}

/** A path as written in a config file that lies in `folder`, made absolute. URLs and absolute paths stay as they are. */
export function resolvePath(value: string, folder: string, context: PathContext): string {
  const { home, platform } = context;
  const prefix = pathPrefix(value);
  if (prefix !== '') return `${prefix}${resolvePath(value.slice(prefix.length), folder, context)}`;
  const { isAbsolute, join, resolve } = pathsOf(platform);
  if (isUrl(value) || isAbsolute(value)) return value;
  if (/^~(?=[\\/]|$)/.test(value)) return join(home, value.slice(1));
  return resolve(folder, value);
}

/** A path as typed in `cwd`, as it is to be written into a config file that lies in `folder`. */
export function relativePath(value: string, folder: string, context: Pick<PathContext, 'platform'> & { readonly cwd: string }): string {
  const { cwd, platform } = context;
  const prefix = pathPrefix(value);
  if (prefix !== '') return `${prefix}${relativePath(value.slice(prefix.length), folder, context)}`;
  const { isAbsolute, relative, resolve, sep } = pathsOf(platform);
  const asPosix = (path: string): string => (sep === '\\' ? path.replaceAll('\\', '/') : path);
  if (isUrl(value)) return value;
  if (value.startsWith('~')) return asPosix(value);
  if (isAbsolute(value)) return value;
  return asPosix(relative(folder, resolve(cwd, value))) || '.';
}

/** The rules of paths on `platform`. */
export const pathsOf = (platform: string): typeof posix => (platform === 'win32' ? win32 : posix);

const isUrl = (value: string): boolean => /^[\p{L}\p{N}_]+:\/\//u.test(value);

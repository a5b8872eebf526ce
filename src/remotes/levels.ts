import type { Runtime } from '../runtime.ts';
import { pathsOf } from './config-paths.ts';

/** In the order they shadow each other: a later level wins. */
export const CONFIG_LEVELS = ['system', 'global', 'repo', 'local'] as const;
export type ConfigLevel = (typeof CONFIG_LEVELS)[number];

/** Whose file it is: DVC reads its own only, and refuses a repository for one key in them that it does not know. */
export type ConfigOwner = 'dvc' | 'towline';

/** One config file, whether it exists or not. */
export interface ConfigFile {
  readonly level: ConfigLevel;
  readonly owner: ConfigOwner;
  /** Absolute. */
  readonly path: string;
  /** As messages name it: `.dvc/config` in a repository, else the whole path. */
  readonly display: string;
  /** What only its owner may read, since secrets may stand in it. */
  readonly isPrivate: boolean;
}
type Place = Pick<Runtime, 'env' | 'home' | 'platform'>;

/** All config files, in the order they shadow each other: by level, in each level DVC's before ours. Without `root` those of the machine and the user only. */
export function configFiles(place: Place, root?: string): readonly ConfigFile[] {
  const { join } = pathsOf(place.platform);
  const file = (level: ConfigLevel, owner: ConfigOwner, path: string): ConfigFile => ({ level, owner, path, display: path, isPrivate: level === 'global' });
  const own = (level: ConfigLevel, owner: ConfigOwner, name: string): readonly ConfigFile[] =>
    root === undefined ? [] : [{ level, owner, path: join(root, '.dvc', name), display: `.dvc/${name}`, isPrivate: level === 'local' }];
  return [
    file('system', 'dvc', join(systemFolder(place), 'config')),
    file('global', 'dvc', join(userFolder(place), 'config')),
    file('global', 'towline', join(userConfigHome(place), 'towline', 'config')),
    ...own('repo', 'dvc', 'config'),
    ...own('repo', 'towline', 'towline'),
    ...own('local', 'dvc', 'config.local'),
    ...own('local', 'towline', 'towline.local'),
  ];
}

function systemFolder({ env, platform }: Place): string {
  const { join, delimiter } = pathsOf(platform);
  const given = filled(env['DVC_SYSTEM_CONFIG_DIR']);
  if (given !== undefined) return given;
  if (platform === 'win32') return join(filled(env['ProgramData']) ?? 'C:\\ProgramData', 'iterative', 'dvc');
  const [first] = (env['XDG_CONFIG_DIRS'] ?? '').split(delimiter).filter((folder) => folder.trim() !== '');
  return join(first ?? (platform === 'darwin' ? '/Library/Application Support' : '/etc/xdg'), 'dvc');
}

function userFolder(place: Place): string {
  const { join } = pathsOf(place.platform);
  const given = filled(place.env['DVC_GLOBAL_CONFIG_DIR']);
  if (given !== undefined) return given;
  return place.platform === 'win32' ? join(localAppData(place), 'iterative', 'dvc') : join(userConfigHome(place), 'dvc');
}

function userConfigHome(place: Place): string {
  const { join } = pathsOf(place.platform);
  const given = filled(place.env['XDG_CONFIG_HOME']);
  if (given !== undefined) return given;
  if (place.platform === 'win32') return localAppData(place);
  return place.platform === 'darwin' ? join(place.home, 'Library', 'Application Support') : join(place.home, '.config');
}

const localAppData = ({ env, home, platform }: Place): string => filled(env['LOCALAPPDATA']) ?? pathsOf(platform).join(home, 'AppData', 'Local');
const filled = (text: string | undefined): string | undefined => (text === undefined || text.trim() === '' ? undefined : text);

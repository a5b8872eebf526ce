import { basename, extname, join, resolve } from 'node:path';
import { listFolder, statFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { variable } from './variables.ts';

/** A file that counts, and the key under which its values stand: in a folder of files each file's name is one. */
export interface ConfigFile { readonly path: string; readonly key: readonly string[] }
export interface FileChoice {
  /** Only this file counts. */
  readonly configFile?: string | undefined;
  /** Where relative paths start. */
  readonly cwd: string;
}

const ENVIRONMENTS = ['default', 'demo', 'local'];

/** The files that are read, the later winning: those of `CLEARML_CONFIG_PATH`, then `~/trains.conf` and `~/clearml.conf`, or `CLEARML_CONFIG_FILE` alone. */
export function configFiles({ configFile, cwd }: FileChoice, { env, home }: Pick<Runtime, 'env' | 'home'>): readonly ConfigFile[] {
  const absolute = (path: string): string => resolve(cwd, path === '~' || path.startsWith('~/') ? home + path.slice(1) : path);
  if (configFile !== undefined) return [{ path: absolute(configFile), key: [] }];
  const folder = variable(env, 'CONFIG_PATH');
  const only = variable(env, 'CONFIG_FILE');
  const single = only === undefined ? [join(home, 'trains.conf'), join(home, 'clearml.conf')] : [absolute(only.value)];
  return [...(folder === undefined ? [] : inFolder(absolute(folder.value), environmentOf(env))), ...single.map((path) => ({ path, key: [] }))];
}

function environmentOf(env: Runtime['env']): string {
  const name = variable(env, 'ENV')?.value ?? 'default';
  if (ENVIRONMENTS.includes(name)) return name;
  throw new TowlineError('INVALID_CONFIG', `Invalid environment ${name}`, { hint: `CLEARML_ENV is one of ${ENVIRONMENTS.join(', ')}.` });
}

function inFolder(folder: string, environment: string): readonly ConfigFile[] {
  return [...new Set(['default', environment])].flatMap((name) => below(join(folder, name), []));
}

function below(folder: string, key: readonly string[]): readonly ConfigFile[] {
  return listFolder(folder).toSorted((a, b) => (a.name < b.name ? -1 : 1)).flatMap(({ name }) => {
    const path = join(folder, name);
    if (statFile(path)?.kind === 'folder') return below(path, [...key, name]);
    return extname(name) === '.conf' ? [{ path, key: [...key, basename(name, '.conf')] }] : [];
  });
}

import { relative, resolve, sep } from 'node:path';

import { isAbsolute } from 'node:path';
import type { Config } from '../../remotes/config.ts';
import { shownUrl } from '../../remotes/shown-url.ts';
import { isUrl, locatePath } from '../files/place.ts';
import { isYamlMap, scalarText, type YamlMap, type YamlValue } from '../files/yaml-value.ts';
import type { Repo } from '../repo.ts';
import type { Content, PathDependency, Stage } from '../stage.ts';
import { openUrl, type UrlPlace } from './open-url.ts';

/** How a `.dvc` file in `folder` names a URL or path typed in `cwd`: relative paths start at the file. */
export function writtenUrl(url: string, { root, folder, cwd }: { readonly root: string; readonly folder: string; readonly cwd: string }): string {
  if (isUrl(url)) return url;
  const absolute = resolve(cwd, url);
  const isInside = absolute.startsWith(`${root}/`);
  if (!isInside && isAbsolute(url)) return url;
  return relative(folder === '' ? root : `${root}/${folder}`, absolute).split(sep).join('/');
}

/** The dependency of an import on a URL. */
export function urlDependency(written: string, stage: Pick<Stage, 'file' | 'workingFolder'>, { content, fsConfig }: { readonly content: Content; readonly fsConfig: YamlMap | undefined }): PathDependency {
  return { kind: isUrl(written) ? 'url' : 'path', ...locatePath(written, stage.workingFolder, stage.file), ...content, ...(fsConfig !== undefined && fsConfig.size > 0 && { fsConfig }) };
}

/** Opens what a dependency of a stage names. A dependency that records versions is looked for by versions. */
export async function openDependency(repo: Repo, config: Config, { stage, dependency }: { readonly stage: Stage; readonly dependency: PathDependency }): Promise<UrlPlace> {
  const base = stage.workingFolder === '' ? repo.root : `${repo.root}/${stage.workingFolder}`;
  const isVersioned = dependency.meta.version_id !== undefined || dependency.files !== undefined;
  return openUrl(repo.lent, config, { url: dependency.written, base, fsConfig: { ...(isVersioned && { version_aware: 'true' }), ...textsOf(dependency.fsConfig) } });
}

function textsOf(map: YamlMap | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries([...(map ?? new Map<string, YamlValue>())].flatMap(([key, value]) => (value === null || isYamlMap(value) || Array.isArray(value) ? [] : [[key, scalarText(value)]])));
}

/** How messages name where an import comes from: a path of this machine as a whole, one of the repository from where one stands, a URL without secrets. */
export function shownSource(repo: Repo, written: string, { folder, cwd }: { readonly folder: string; readonly cwd: string }): string {
  if (isUrl(written)) return shownUrl(written);
  if (isAbsolute(written)) return written;
  const absolute = resolve(repo.root, folder, written);
  if (!absolute.startsWith(`${repo.root}/`)) return absolute;
  return relative(cwd.startsWith(`${repo.root}/`) ? cwd : repo.root, absolute).split(sep).join('/');
}

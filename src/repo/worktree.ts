import { exists, followFile, listFolder, readFile, readText } from '../disk/read.ts';
import type { Config } from '../remotes/config.ts';
import type { Runtime } from '../runtime.ts';
import type { Git } from './git/git.ts';
import { createGit } from './git/git.ts';
import { createGitIgnore, gitTop } from './git/ignored.ts';
import type { Ignore } from './ignore.ts';
import { createIgnore } from './ignore.ts';
import type { Folder, Revision } from './revision.ts';

/** The files as they lie on disk. */
export interface WorkTree extends Revision {
  readonly name: 'workspace';
  /** Absolute. */
  readonly root: string;
  /** Git in the root; undefined when the root is in no Git repository, or `core.no_scm` says so. */
  readonly git: Git | undefined;
  /** The rules of `.dvcignore`. */
  ignore(): Promise<Ignore>;
}

export interface WorkTreeOptions {
  readonly runtime: Pick<Runtime, 'env' | 'home'>;
  readonly loadConfig: () => Promise<Config>;
  /** `core.no_scm`: Git is left alone, even where there is some. */
  readonly noScm?: boolean;
}

/** Nothing is read before it is asked for. Ignore files are read once: a work tree is opened for one command. */
export function openWorkTree(root: string, { runtime, loadConfig, noScm = false }: WorkTreeOptions): WorkTree {
  const hasGit = !noScm && gitTop(root) !== undefined;
  const rules = once(() => createIgnore((path) => readText(`${root}/${path}`), { isNested: (folder) => exists(`${root}/${folder}/.dvc`), nestedBy: '.dvc' }));
  const gitRules = once(() => (hasGit ? createGitIgnore(root, runtime) : undefined));
  const config = once(loadConfig);
  const walk = (gitToo: boolean, enter: Walk['enter'], wanted: Walk['wanted'] = () => true): AsyncIterable<Folder> => walkFolders(root, { enter, wanted, rules: rules(), gitRules: gitToo ? gitRules() : undefined });
  return {
    name: 'workspace',
    root,
    git: hasGit ? createGit(root, runtime) : undefined,
    config,
    ignore: () => Promise.resolve(rules()),
    read: (path) => Promise.resolve(readFile(`${root}/${path}`)),
    look: (path) => {
      const info = followFile(`${root}/${path}`);
      return Promise.resolve(info?.kind === 'file' ? { size: info.size, isExecutable: (info.mode & 0o100) !== 0 } : undefined);
    },
    parsed: async (path, parse) => {
      const bytes = readFile(`${root}/${path}`);
      return bytes === undefined ? undefined : parse(bytes, path);
    },
    walk: (enter, wanted) => walk(true, enter, wanted),
    async *files() {
      for await (const { path, files } of walk(false, () => true)) for (const name of files) yield path === '' ? name : `${path}/${name}`;
    },
  };
}

interface Walk {
  readonly enter: (folder: string) => boolean;
  /** Most names of a repository are asked for nothing: those of its data. */
  readonly wanted: (name: string) => boolean;
  readonly rules: Ignore;
  readonly gitRules: Ignore | undefined;
}

/** From the top down, so that what a folder says can keep the walk out of its folders. Links are not followed, except to a file. */
async function* walkFolders(root: string, { enter, wanted, rules, gitRules }: Walk): AsyncGenerator<Folder> {
  const open = [''];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const prefix = path === '' ? '' : `${path}/`;
    const files: string[] = [];
    const folders: string[] = [];
    for (const { name, kind } of listFolder(path === '' ? root : `${root}/${path}`)) {
      const isFolder = kind === 'folder';
      if (!isFolder && !wanted(name)) continue;
      const inside = prefix + name;
      if (!isFolder && kind !== 'file' && (kind !== 'link' || followFile(`${root}/${inside}`)?.kind !== 'file')) continue;
      if (rules.ignores(inside, isFolder) || gitRules?.ignores(inside, isFolder) === true) continue;
      (isFolder ? folders : files).push(name);
    }
    folders.sort();
    yield { path, files: files.sort(), folders };
    for (const name of folders.toReversed()) if (enter(prefix + name)) open.push(prefix + name);
  }
}

/** Remembers what `make` gave. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

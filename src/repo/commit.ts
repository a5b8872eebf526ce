import type { Config } from '../remotes/config.ts';
import type { Git } from './git/git.ts';
import type { GitEntry, GitObjects } from './git/objects.ts';
import { openObjects } from './git/objects.ts';
import { prefixInGit, unknownRevision } from './git/refs.ts';
import { createIgnore } from './ignore.ts';
import type { Ignore } from './ignore.ts';
import type { Folder, Revision } from './revision.ts';
import { once } from './worktree.ts';

/** Opens commits of one repository. They share one Git process, and what is the same in several is read and parsed once. */
export interface Commits {
  /** `name`: a branch, a tag, an id. Throws NOT_FOUND when there is no such commit. */
  open(name: string): Promise<Revision>;
  close(): void;
}

export interface CommitsOptions {
  /** The configuration of a commit: its own `.dvc/config`, the other levels from this machine. */
  readonly loadConfig: (revision: Pick<Revision, 'name' | 'read'>) => Promise<Config>;
  /** The folder below the top of Git that is the root. Default: that in which `git` runs. */
  readonly folder?: string;
}

/** `git` runs in the root of the DVC repository, which may lie below that of Git. */
export function openCommits(git: Git, { loadConfig, folder }: CommitsOptions): Commits {
  const objects = openObjects(git);
  const prefix = once(async () => folder ?? (await prefixInGit(git)));
  const memory: Memory = new Map();
  return {
    async open(name) {
      // Asked of the program that is open anyway: one of its own would take 5 ms for each of thousands of commits.
      const id = await objects.commit(name);
      if (id === undefined) throw unknownRevision(name);
      return openCommit({ name, objects, memory, loadConfig, root: `${id}:${await prefix()}` });
    },
    close: () => objects.close(),
  };
}

/** What each parser made of each file, by path and blob. */
type Memory = Map<unknown, Map<string, unknown>>;

interface Opening extends CommitsOptions {
  readonly name: string;
  readonly objects: GitObjects;
  readonly memory: Memory;
  /** `<commit>:<folder>`. */
  readonly root: string;
}

function openCommit({ name, objects, memory, loadConfig, root }: Opening): Revision {
  const tree = new CommitTree(objects, root);
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    const entry = await tree.find(path);
    return entry === undefined ? undefined : objects.blob(entry.id);
  };
  return {
    name,
    read,
    config: once(() => loadConfig({ name, read })),
    async look(path) {
      const entry = await tree.find(path);
      return entry && { size: (await objects.blob(entry.id)).byteLength, isExecutable: entry.isExecutable === true };
    },
    async parsed(path, parse) {
      const entry = await tree.find(path);
      if (entry === undefined) return undefined;
      const known = memory.get(parse) ?? new Map<string, unknown>();
      memory.set(parse, known);
      const key = `${entry.id} ${path}`;
      // The map of a parser holds only what that parser made.
      if (!known.has(key)) known.set(key, parse(await objects.blob(entry.id), path));
      return known.get(key) as ReturnType<typeof parse>;
    },
    walk: (enter) => tree.walk(enter),
    async *files() {
      for await (const { path, files } of tree.walk(() => true)) for (const one of files) yield path === '' ? one : `${path}/${one}`;
    },
  };
}

class CommitTree {
  readonly #objects: GitObjects;
  readonly #root: string;
  #rules: Ignore | undefined;
  #top: Promise<readonly GitEntry[] | undefined> | undefined;

  constructor(objects: GitObjects, root: string) {
    this.#objects = objects;
    this.#root = root;
  }

  /** The file at `path`; a link is not followed. */
  async find(path: string): Promise<GitEntry | undefined> {
    let entries = await this.#entries(this.#root);
    const parts = path.split('/');
    for (const [index, part] of parts.entries()) {
      const entry = entries?.find(({ name }) => name === part);
      if (index === parts.length - 1) return entry?.kind === 'file' ? entry : undefined;
      if (entry?.kind !== 'folder') return undefined;
      entries = await this.#objects.tree(entry.id);
    }
    return undefined;
  }

  async *walk(enter: (folder: string) => boolean): AsyncGenerator<Folder> {
    const rules = await this.#ignore();
    const open = [{ path: '', id: this.#root }];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const prefix = at.path === '' ? '' : `${at.path}/`;
      const entries = ((await this.#entries(at.id)) ?? []).filter(({ name, kind }) => !rules.ignores(prefix + name, kind === 'folder'));
      const folders = entries.filter(({ kind }) => kind === 'folder');
      yield { path: at.path, files: entries.filter(({ kind }) => kind === 'file').map(({ name }) => name), folders: folders.map(({ name }) => name) };
      for (const { name, id } of folders.toReversed()) if (enter(prefix + name)) open.push({ path: prefix + name, id });
    }
  }

  /** The `.dvcignore` files of the commit, and its nested repositories. All are found first: the rules are asked in a loop that cannot wait. */
  async #ignore(): Promise<Ignore> {
    if (this.#rules !== undefined) return this.#rules;
    const texts = new Map<string, string>();
    const nested = new Set<string>();
    // Level by level, all folders of one at once: what takes time is the way to Git and back.
    for (let level = [{ path: '', id: this.#root }]; level.length > 0; ) {
      const folders = await Promise.all(level.map(async ({ path, id }) => ({ path, entries: (await this.#entries(id)) ?? [] })));
      level = [];
      for (const { path, entries } of folders) {
        for (const { name, kind, id } of entries) {
          const inside = path === '' ? name : `${path}/${name}`;
          if (kind === 'folder' && name === '.dvc') nested.add(path);
          else if (kind === 'folder') level.push({ path: inside, id });
          else if (name === '.dvcignore') texts.set(inside, Buffer.from(await this.#objects.blob(id)).toString('utf8'));
        }
      }
    }
    this.#rules = createIgnore((path) => texts.get(path), { isNested: (folder) => folder !== '' && nested.has(folder) });
    return this.#rules;
  }

  /** The root is asked for by the name of its commit, which the store of objects does not remember. */
  async #entries(id: string): Promise<readonly GitEntry[] | undefined> {
    if (id !== this.#root) return this.#objects.tree(id);
    this.#top ??= this.#objects.tree(id);
    return this.#top;
  }
}

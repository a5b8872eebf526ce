import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeDisk } from '../../src/disk/node.ts';
import { openRepo } from '../../src/repo/open.ts';
import type { Lent, Repo } from '../../src/repo/repo.ts';
import { add } from '../../src/repo/verbs/add.ts';
import { checkout } from '../../src/repo/verbs/checkout.ts';
import { fetch } from '../../src/repo/verbs/fetch.ts';
import { init } from '../../src/repo/verbs/init.ts';
import { push } from '../../src/repo/verbs/push.ts';
import { openingIn } from '../lent.ts';

const md5 = (bytes: string | Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** What a pull came to. */
export interface Pulled {
  readonly isWhole: boolean;
  /** Files that were named as not there or not right. */
  readonly faults: readonly string[];
}

/** One clone: its directory `data`, its cache, and the `.dvc` file that two clones hand to each other as Git would. */
export class Clone {
  readonly root: string;
  readonly #lent: Lent;

  constructor(folder: string, name: string) {
    this.root = join(folder, name);
    const opening = openingIn(folder);
    this.#lent = { ...opening, env: { ...opening.env, PATH: process.env['PATH'], XDG_CONFIG_DIRS: folder }, disk: nodeDisk };
  }

  async start(): Promise<void> {
    mkdirSync(join(this.root, 'data'), { recursive: true });
    execFileSync('git', ['init', '--quiet', '--template=', this.root]);
    await init(this.#lent, { folder: this.root });
    writeFileSync(join(this.root, '.dvc/config'), "[core]\n    remote = store\n['remote \"store\"']\n    url = ../../remote\n");
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, 'data', path)), { recursive: true });
    rmSync(join(this.root, 'data', path), { force: true });
    writeFileSync(join(this.root, 'data', path), text);
  }

  remove(path: string): void {
    rmSync(join(this.root, 'data', path), { force: true });
  }

  /** Path and text of every file in the directory. */
  data(): ReadonlyMap<string, string> {
    const top = join(this.root, 'data');
    if (!existsSync(top)) return new Map();
    const paths = readdirSync(top, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(top, path)).isFile());
    return new Map(paths.sort().map((path) => [path, readFileSync(join(top, path), 'utf8')]));
  }

  get tracked(): string | undefined {
    const file = join(this.root, 'data.dvc');
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  takeTracked(text: string): void {
    writeFileSync(join(this.root, 'data.dvc'), text);
  }

  add = (): Promise<void> => this.#with(async (repo) => void (await add(repo, { targets: ['data'], cwd: this.root })));

  /** Objects that could not be pushed; none: all is there. */
  push = (): Promise<readonly string[]> => this.#with(async (repo) => {
    const { failed, missing, keptBack } = await push(repo, { cwd: this.root });
    return [...failed, ...missing].map(({ path }) => path).concat(keptBack);
  });

  pull = (): Promise<Pulled> => this.#with(async (repo) => {
    const fetched = await fetch(repo, { cwd: this.root });
    return this.#checkedOut(repo, [...fetched.failed, ...fetched.missing].map(({ path }) => path));
  });

  checkout = (): Promise<Pulled> => this.#with((repo) => this.#checkedOut(repo, []));

  async #checkedOut(repo: Repo, faults: readonly string[]): Promise<Pulled> {
    const { failed } = await checkout(repo, { cwd: this.root, force: true });
    return { isWhole: faults.length + failed.length === 0, faults: [...faults, ...failed.flatMap((one) => [one.path, ...one.faults.map(({ path }) => path)])] };
  }

  async #with<T>(work: (repo: Repo) => Promise<T>): Promise<T> {
    const repo = await openRepo(this.#lent, this.root);
    try {
      return await work(repo);
    } finally {
      repo.commits.close();
    }
  }
}

/** A place with objects: a cache or the remote. */
export class Objects {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, 'files/md5');
  }

  /** Object and whether its bytes are right. */
  all(): ReadonlyMap<string, boolean> {
    if (!existsSync(this.#folder)) return new Map();
    const paths = readdirSync(this.#folder, { recursive: true, encoding: 'utf8' }).filter((path) => /^..\/[0-9a-f]{30}(\.dir)?$/.test(path));
    return new Map(paths.sort().map((path) => [path.replace('/', ''), md5(readFileSync(join(this.#folder, path))) === path.replace('/', '').slice(0, 32)]));
  }

  lose(oid: string): void {
    rmSync(this.#fileOf(oid));
  }

  /** Changes bytes without changing their number: what a size would show is too easy. */
  corrupt(oid: string): void {
    const bytes = readFileSync(this.#fileOf(oid));
    if (bytes.length === 0) return;
    // Not the flip of a bit: a second one would repair the object.
    bytes[bytes.length >> 1] = ((bytes[bytes.length >> 1] ?? 0) + 1) & 0xff;
    chmodSync(this.#fileOf(oid), 0o644);
    writeFileSync(this.#fileOf(oid), bytes);
  }

  #fileOf(oid: string): string {
    return join(this.#folder, oid.slice(0, 2), oid.slice(2));
  }
}

/** The texts a version of the directory is made of, by path; `oid` is its listing. */
export interface Version {
  readonly oid: string;
  readonly files: ReadonlyMap<string, string>;
  /** The `.dvc` file. */
  readonly tracked: string;
}

export const objectOf = (text: string): string => md5(text);

export function versionOf(clone: Clone): Version {
  const tracked = clone.tracked ?? '';
  const oid = /md5: ([0-9a-f]{32}\.dir)/.exec(tracked)?.[1];
  assert.ok(oid !== undefined, tracked);
  return { oid, files: clone.data(), tracked };
}

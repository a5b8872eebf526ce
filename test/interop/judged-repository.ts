import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dvc } from '../servers/dvc.ts';
import type { Ended } from '../servers/sandbox.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

/** A repository that two programs look at, and nothing else may change. */
export interface JudgedRepository {
  /** Absolute. */
  readonly root: string;
  /** Writes files by their paths; what is below a folder stays. */
  write(files: Readonly<Record<string, string>>): void;
  remove(...paths: readonly string[]): void;
  /** Removes the objects of the cache, or of another folder, whose file name matches. */
  lose(which: RegExp, folder?: string): void;
  /** Runs our program, which must succeed. */
  tow(...args: readonly string[]): Promise<void>;
  dvc(...args: readonly string[]): Promise<void>;
  git(...args: readonly string[]): Promise<void>;
  /** Commits everything there is to Git. */
  save(): Promise<void>;
  /** Asks both programs the same, for people and as JSON: exit codes, texts and data must be equal. Gives back the data. */
  agree(args: readonly string[], options?: { readonly below?: string }): Promise<unknown>;
  /** What each program says, where they are meant to differ. */
  ask(args: readonly string[], below?: string): Promise<{ readonly ours: Ended; readonly theirs: Ended }>;
}

/** Makes a repository in a sandbox of its own, and removes both when `work` is done. `kind` 'bare' has no Git. */
export async function inRepository(work: (repository: JudgedRepository) => Promise<void>, kind: 'git' | 'bare' = 'git'): Promise<void> {
  const sandbox = createSandbox('judged');
  const root = join(sandbox.folder, 'project');
  mkdirSync(root);
  const succeed = async (run: Promise<Ended>): Promise<void> => {
    const ended = await run;
    assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  };
  const git = async (...args: readonly string[]): Promise<void> => void (await sandbox.git(args, { cwd: root }));
  const ask: JudgedRepository['ask'] = async (args, below = '') => {
    const options = { cwd: join(root, below) };
    const [theirs, ours] = await Promise.all([dvc(sandbox, args, options), tow(sandbox, args, options)]);
    return { ours, theirs };
  };
  const repository: JudgedRepository = {
    root, git, ask,
    write: (files) => { for (const [path, text] of Object.entries(files)) writeTo(join(root, path), text); },
    remove: (...paths) => { for (const path of paths) rmSync(join(root, path), { recursive: true }); },
    lose: (which, folder = join(root, '.dvc/cache')) => loseFiles(folder, which),
    tow: (...args) => succeed(tow(sandbox, args, { cwd: root })),
    dvc: (...args) => succeed(dvc(sandbox, args, { cwd: root })),
    async save() {
      await git('add', '-A');
      await git('commit', '-q', '--allow-empty', '-m', 'save');
    },
    async agree(args, { below = '' } = {}) {
      const [people, programs] = [await ask(args, below), await ask([...args, '--json'], below)];
      assert.equal(people.ours.status, people.theirs.status, people.ours.stderr + people.theirs.stderr);
      assert.equal(settled(people.ours.stdout), settled(people.theirs.stdout));
      const [ours, theirs] = [sortedLists(dataOf(programs.ours)), sortedLists(dataOf(programs.theirs))];
      assert.deepEqual(ours, theirs);
      return ours;
    },
  };
  try {
    if (kind === 'git') await git('init', '-q');
    await repository.tow('init', '-q', ...(kind === 'bare' ? ['--no-scm'] : []));
    await work(repository);
  } finally {
    sandbox.remove();
  }
}

function writeTo(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, text);
}

function loseFiles(folder: string, which: RegExp): void {
  const lost = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && which.test(entry.name));
  assert.notEqual(lost.length, 0, 'nothing to lose');
  for (const { parentPath, name } of lost) rmSync(join(parentPath, name));
}

function dataOf({ stdout, stderr, status }: Ended): unknown {
  try {
    return JSON.parse(stdout) as unknown;
  } catch (cause) {
    throw new Error(`no JSON (${status}): ${stdout}${stderr}`, { cause });
  }
}

/** DVC's lists come out of sets and folders in no order; ours are sorted. What stands under a heading is sorted in both, and so are stages. */
function settled(text: string): string {
  return text.split('\n\n').map((section) => blocksOf(section.split('\n')).sort().join('\n')).join('\n\n');
}

/** Lines that begin at the margin or with eight spaces are blocks of their own; lines behind a tab belong to the one before. */
function blocksOf(lines: readonly string[]): string[] {
  const blocks: string[] = [];
  for (const line of lines) {
    if (line.startsWith('\t') && blocks.length > 0) blocks[blocks.length - 1] = `${blocks[blocks.length - 1] ?? ''}\n${line}`;
    else blocks.push(line);
  }
  return blocks;
}

function sortedLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedLists).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sortedLists(member)]));
}

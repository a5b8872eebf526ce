import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSandbox, type Ended, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { startDvc, type DvcProgram } from './dvc-program.ts';
import { snapshot, type Snapshot } from './snapshot.ts';
import type { Actor, Change } from './story.ts';

/** One of two machines on which the same is done. */
export interface Twin {
  readonly sandbox: Sandbox;
  /** Its repository, absolute. */
  readonly root: string;
  readonly read: (path: string) => string;
  /** All of the machine but its Git and what a program keeps for itself; DVC leaves files '.<22 letters>.tmp' on remotes. */
  picture(): Snapshot;
}
/** Two machines that are alike: on one DVC does what Towline does on the other. */
export interface Twins extends Readonly<Record<Actor, Twin>> {
  /** Somebody changes files, on both. */
  change(...changes: readonly Change[]): void;
  git(...args: readonly string[]): Promise<void>;
  /** Both programs are told the same. They must end alike, and say alike on stdout; `ours` and `theirs` is what else they said, with their folders as '<top>'. */
  run(args: readonly string[], options?: { readonly below?: string; readonly ends?: number }): Promise<{ readonly ours: Ended; readonly theirs: Ended }>;
  /** The lines that both programs print, ours first, without their order where DVC has none. */
  say(args: readonly string[], options?: { readonly below?: string }): Promise<readonly (readonly string[])[]>;
  /** The data that both programs print, ours first. */
  data(args: readonly string[]): Promise<readonly unknown[]>;
  /** Both programs must refuse in the same words; what ours adds is a hint. Nothing may change. */
  refuse(args: readonly string[], options?: { readonly below?: string; readonly ends?: number }): Promise<string>;
  /** Workspace, cache and what Git says of them are alike. */
  agree(): Promise<void>;
}

/** What both programs find in their environment besides. */
type Env = Readonly<Record<string, string>>;

/** Makes a repository on each of two machines, and removes both when `work` is done. 'bare' has no Git. */
export async function withTwins(dvc: DvcProgram, work: (twins: Twins) => Promise<void>, { kind = 'git', env = {} }: { readonly kind?: 'git' | 'bare'; readonly env?: Env } = {}): Promise<void> {
  const all = { dvc: createTwin('dvc'), tow: createTwin('tow') };
  try {
    const twins = twinsOf(dvc, all, env);
    if (kind === 'git') await twins.git('init', '-q');
    await twins.run(['init', '-q', ...(kind === 'bare' ? ['--no-scm'] : [])]);
    await work(twins);
  } finally {
    for (const { sandbox } of Object.values(all)) sandbox.remove();
  }
}

/** How a test gets twins, in a `describe`: DVC is started before the first of them and stopped after the last. */
export interface TwinTests {
  both(name: string, work: (twins: Twins) => Promise<void>, kind?: 'bare'): void;
  /** Runs DVC on its twin alone. */
  dvc(twin: Twin, args: readonly string[]): Promise<Ended>;
}

export function twinTests(env: Env = {}): TwinTests {
  let program: DvcProgram | undefined;
  const started = (): DvcProgram => {
    assert.ok(program);
    return program;
  };
  before(() => { program = startDvc(); });
  after(() => program?.stop());
  return {
    both: (name, work, kind) => void test(name, async () => { await withTwins(started(), work, { kind: kind ?? 'git', env }); }),
    dvc: async ({ sandbox, root }, args) => await started().run(sandbox, args, { cwd: root, env }),
  };
}

function createTwin(name: Actor): Twin {
  const sandbox = createSandbox(`twin-${name}`);
  const root = join(sandbox.folder, 'project');
  mkdirSync(root);
  return {
    sandbox, root,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    picture: () => withSortedRules(snapshot(sandbox.folder, { top: sandbox.folder, without: (path) => /(^|\/)(\.git|\.dvc\/tmp|\.[\w-]{22}\.tmp)$/.test(path) })),
  };
}

function twinsOf(dvc: DvcProgram, all: Readonly<Record<Actor, Twin>>, env: Env): Twins {
  const run: Twins['run'] = async (args, { below = '', ends = 0 } = {}) => {
    const words = (twin: Twin): readonly string[] => args.map((word) => word.replaceAll('TOP', twin.sandbox.folder));
    const [theirs, ours] = await Promise.all([
      dvc.run(all.dvc.sandbox, words(all.dvc), { cwd: join(all.dvc.root, below), env }),
      tow(all.tow.sandbox, words(all.tow), { cwd: join(all.tow.root, below), env }),
    ]);
    const said = { theirs: placeless(theirs, all.dvc), ours: placeless(ours, all.tow) };
    assert.equal(theirs.status, ends, `dvc ${args.join(' ')}: ${theirs.stdout}${theirs.stderr}`);
    assert.equal(ours.status, ends, `tow ${args.join(' ')}: ${ours.stdout}${ours.stderr}`);
    assert.equal(settled(said.ours.stdout), settled(said.theirs.stdout));
    return said;
  };
  const git: Twins['git'] = async (...args) => { for (const { sandbox, root } of Object.values(all)) await sandbox.git(args, { cwd: root }); };
  return {
    ...all, run, git,
    change: (...changes) => { for (const { root } of Object.values(all)) for (const { change } of changes) change(root); },
    async say(args, { below = '' } = {}) {
      const words = ({ sandbox }: Twin): readonly string[] => args.map((word) => word.replaceAll('TOP', sandbox.folder));
      const ended = await Promise.all([tow(all.tow.sandbox, words(all.tow), { cwd: join(all.tow.root, below), env }), dvc.run(all.dvc.sandbox, words(all.dvc), { cwd: join(all.dvc.root, below), env })]);
      for (const one of ended) assert.equal(one.status, 0, one.stdout + one.stderr);
      return ended.map((one, at) => placeless(one, at === 0 ? all.tow : all.dvc).stdout.split('\n').sort());
    },
    async data(args) {
      const ended = await Promise.all([tow(all.tow.sandbox, args, { cwd: all.tow.root, env }), dvc.run(all.dvc.sandbox, args, { cwd: all.dvc.root, env })]);
      return ended.map(({ status, stdout, stderr }) => {
        assert.equal(status, 0, stderr);
        return JSON.parse(stdout) as unknown;
      });
    },
    async refuse(args, { ends = 1, ...options } = {}) {
      const before = all.tow.picture();
      const { ours, theirs } = await run(args, { ...options, ends });
      const words = theirs.stderr.trimEnd();
      assert.equal(ours.stderr.slice(0, words.length), words);
      assert.deepEqual(all.tow.picture(), before, 'what is refused changes nothing');
      return words;
    },
    async agree() {
      assert.deepEqual(all.tow.picture(), all.dvc.picture(), 'what tow (first) and DVC made differs');
      const [ours, theirs] = await Promise.all([all.tow, all.dvc].map(async ({ sandbox, root }) => sandbox.run('git', ['status', '--porcelain', '--ignored'], { cwd: root })));
      assert.equal(ours?.stdout, theirs?.stdout, 'what Git sees after tow (first) and DVC differs');
    },
  };
}

function placeless(ended: Ended, { sandbox }: Twin): Ended {
  const clean = (text: string): string => text.replaceAll(sandbox.folder, '<top>');
  return { ...ended, stdout: clean(ended.stdout), stderr: clean(ended.stderr) };
}

/** What is to be given to Git comes out of a set of DVC's. */
const settled = (text: string): string => text.replace(/^\tgit add .*$/m, (line) => line.split(' ').sort().join(' '));
/** So do the rules for Git, when there are several at once. */
const withSortedRules = (lines: Snapshot): Snapshot => Object.fromEntries(Object.entries(lines).map(([path, line]) => [path, path.endsWith('.gitignore') ? line.split(/\n|(?<=^\d+) /).sort().join('\n') : line]));

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ended } from '../servers/sandbox.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import type { DvcProgram } from './dvc-program.ts';
import { snapshot, type Snapshot } from './snapshot.ts';
import type { RunningStore, StoredRemote } from './stores.ts';
import { parseStep, type Actor, type Cast, type Machine, type Parsed, type Story } from './story.ts';

/** How a story ended. Two casts of one story must end equal. */
export interface Ending {
  readonly machines: Readonly<Record<string, { readonly files: Snapshot; readonly cache: Snapshot; readonly git: string }>>;
  readonly remote: Snapshot;
  /** What both programs say of it, which is the same. */
  readonly status: unknown;
  readonly cloud: unknown;
  /** Exit code and stdout of each command. */
  readonly said: readonly string[];
}
export interface Stage { readonly dvc: DvcProgram; readonly store: RunningStore }

/** Plays a story from an empty machine to its end. */
export async function play(story: Story, cast: Cast, { dvc, store }: Stage): Promise<Ending> {
  const sandbox = createSandbox('story');
  try {
    const remote = await store.remote(sandbox);
    const scene: Scene = { story, cast, dvc, sandbox, remote, commands: 0, said: [] };
    await begin(scene);
    for (const step of story.steps) await act(scene, parseStep(step));
    return await end(scene);
  } finally {
    sandbox.remove();
  }
}

interface Scene {
  readonly story: Story;
  readonly cast: Cast;
  readonly dvc: DvcProgram;
  readonly sandbox: Sandbox;
  readonly remote: StoredRemote;
  commands: number;
  readonly said: string[];
}

const folderOf = (scene: Scene, machine: Machine): string => join(scene.sandbox.folder, machine);
const repositoryOf = (scene: Scene, machine: Machine): string => join(folderOf(scene, machine), scene.story.below ?? '');

async function begin(scene: Scene): Promise<void> {
  const folder = folderOf(scene, 'alice');
  mkdirSync(repositoryOf(scene, 'alice'), { recursive: true });
  const start = scene.story.start ?? 'git';
  if (start === 'bare') return;
  await scene.sandbox.git(['init', '-q'], { cwd: folder });
  if (start === 'empty') return;
  await command(scene, 'alice', { run: ['init', '-q'] });
  writeFileSync(join(folder, '.dvc/config'), configOf(scene.remote));
  await commitAll(scene, 'alice');
}

/** What a user would have written into a config file. */
export function configOf({ url, options }: Pick<StoredRemote, 'url' | 'options'>, more = ''): string {
  return `[core]\n    remote = store\n${more}['remote "store"']\n    url = ${url}\n${Object.entries(options).map(([key, value]) => `    ${key} = ${value}\n`).join('')}`;
}

async function commitAll(scene: Scene, machine: Machine): Promise<void> {
  await scene.sandbox.git(['add', '-A'], { cwd: folderOf(scene, machine) });
  await scene.sandbox.git(['commit', '-q', '--allow-empty', '-m', 'x'], { cwd: folderOf(scene, machine) });
}

async function act(scene: Scene, step: Parsed): Promise<void> {
  if (step.kind === 'command') return command(scene, step.machine, step.command);
  if (step.kind === 'change') return step.change.change(repositoryOf(scene, step.machine));
  if (step.kind === 'clone') {
    await commitAll(scene, 'alice');
    await scene.sandbox.git(['clone', '-q', folderOf(scene, 'alice'), folderOf(scene, 'bob')]);
  } else if (step.args[0] === 'save') await commitAll(scene, step.machine);
  else await scene.sandbox.git(step.args, { cwd: folderOf(scene, step.machine) });
}

type Line = Extract<Parsed, { kind: 'command' }>['command'];

async function command(scene: Scene, machine: Machine, line: Line): Promise<void> {
  const actor = scene.cast.actor(scene.commands++, machine);
  const args = line.run.map((word) => word.replaceAll('STORE', scene.remote.url).replaceAll('TOP', scene.sandbox.folder));
  const ended = await run(scene, actor, { args, cwd: join(repositoryOf(scene, machine), line.below ?? '') });
  const expected = line.ends?.[actor] ?? 0;
  assert.equal(ended.status, expected, `${actor} ${args.join(' ')} (${machine}):\n${ended.stdout}${ended.stderr}`);
  if (line.worded === undefined && line.ends?.dvc === line.ends?.tow) scene.said.push(`${line.run.join(' ')}: ${ended.status}\n${wordsOf(scene, ended)}`);
}

async function run(scene: Scene, actor: Actor, { args, cwd }: { readonly args: readonly string[]; readonly cwd: string }): Promise<Ended> {
  const options = { cwd, env: scene.remote.env };
  return actor === 'dvc' ? scene.dvc.run(scene.sandbox, args, options) : tow(scene.sandbox, args, options);
}

/** Lines in no order, as DVC's come from threads and sets; the words after 'git add' are such a set, too. */
function wordsOf(scene: Scene, { stdout }: Ended): string {
  const lines = stdout.replaceAll(scene.sandbox.folder, '<top>').split('\n').map((line) => (line.startsWith('\tgit add ') ? line.split(' ').sort().join(' ') : line.trimEnd()));
  return lines.filter((line) => line !== '').sort().join('\n');
}

async function end(scene: Scene): Promise<Ending> {
  const machines: Record<string, Ending['machines'][string]> = {};
  const top = scene.sandbox.folder;
  const isLeftOut = (path: string): boolean => scene.story.without?.path.test(path) === true;
  const remote = await scene.remote.contents();
  for (const machine of ['alice', 'bob'] as const) {
    const folder = folderOf(scene, machine);
    const repository = repositoryOf(scene, machine);
    const files = clean(snapshot(folder, { top, without: (path) => isPrivate(path) || isLeftOut(path) }), scene);
    if (Object.keys(files).length === 0) continue;
    const cache = snapshot(join(repository, '.dvc/cache'), { top, withModes: true, without: isLeftOut });
    const git = scene.story.start === 'bare' ? '' : await scene.sandbox.git(['status', '--porcelain', '--ignored'], { cwd: folder });
    machines[machine] = { files, cache: clean(withoutEmptyFolders(cache), scene), git };
  }
  // Asked last and on the machine that came last: these are four commands for each play.
  const last = machines['bob'] ? 'bob' : 'alice';
  const status = await agreed(scene, repositoryOf(scene, last), ['status', '--json']);
  const cloud = await agreed(scene, repositoryOf(scene, last), ['status', '-c', '--json']);
  return { machines, remote, status, cloud, said: scene.said };
}

const isPrivate = (path: string): boolean => /(^|\/)(\.git|\.dvc\/tmp|\.dvc\/cache)$/.test(path);

/** A download that failed may leave the folder of its object behind. */
function withoutEmptyFolders(lines: Snapshot): Snapshot {
  const paths = Object.keys(lines);
  return Object.fromEntries(Object.entries(lines).filter(([path]) => !path.endsWith('/') || paths.some((one) => one !== path && one.startsWith(path))));
}

/** The remote's address differs from play to play. */
function clean(lines: Snapshot, { remote, sandbox }: Scene): Snapshot {
  return Object.fromEntries(Object.entries(lines).map(([path, line]) => [path, line.replaceAll(remote.url, '<store>').replaceAll(sandbox.folder, '<top>')]));
}

/** What both programs say of the same folder, which must be the same. */
async function agreed(scene: Scene, cwd: string, args: readonly string[]): Promise<unknown> {
  const [theirs, ours] = [await run(scene, 'dvc', { args, cwd }), await run(scene, 'tow', { args, cwd })];
  const said = parsed(theirs);
  assert.deepEqual(parsed(ours), said, `${args.join(' ')}: what tow says (first) and what DVC says differ\n${ours.stderr}\n${theirs.stderr}`);
  return said;
}

function parsed({ stdout, stderr, status }: Ended): unknown {
  try {
    return JSON.parse(stdout) as unknown;
  } catch (error) {
    throw new Error(`no JSON but (${status}) ${stdout}${stderr}`, { cause: error });
  }
}

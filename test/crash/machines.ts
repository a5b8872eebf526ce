import { spawn, type ChildProcess } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtProgram } from '../project.ts';
import { createSandbox, type Ended, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { contentOf, copyTree, objectsIn } from './case-folder.ts';
import type { StartedPlace } from './places.ts';

const SMALL_FILES = 200;
const LARGE_FILES = 2;
/** Above 64 MiB objects go in parts. */
const LARGE_BYTES = 80 * 2 ** 20;

/** A user with data to push, and colleagues who pull it. */
export interface Machines {
  readonly sandbox: Sandbox;
  /** Has all objects in its cache. */
  readonly alice: string;
  /** A new clone without objects. */
  clone(): string;
  /** Tells a work tree where its remote is. */
  connect(folder: string, place: StartedPlace, number: number): void;
  /** The objects that both caches and remotes have to hold in the end: path and md5. */
  readonly objects: ReadonlyMap<string, string>;
}

export async function startMachines(): Promise<Machines> {
  const sandbox = createSandbox('kill');
  const alice = join(sandbox.folder, 'alice');
  mkdirSync(join(alice, 'data/deeper'), { recursive: true });
  for (let at = 0; at < SMALL_FILES; at++) writeFileSync(join(alice, at % 3 === 0 ? 'data/deeper' : 'data', `${at}.txt`), noise(at, 1000 + 37 * at));
  for (let at = 0; at < LARGE_FILES; at++) writeFileSync(join(alice, at === 0 ? 'data/large.bin' : 'alone.bin'), noise(1000 + at, LARGE_BYTES));
  await sandbox.git(['init', '--quiet', alice]);
  for (const args of [['init', '--quiet'], ['add', 'data', 'alone.bin']]) await succeed(sandbox, args, alice);
  await sandbox.git(['add', '--all'], { cwd: alice });
  await sandbox.git(['commit', '--quiet', '--message', 'data'], { cwd: alice });
  const template = join(sandbox.folder, 'template');
  await sandbox.git(['clone', '--quiet', alice, template]);
  let count = 0;
  return {
    sandbox, alice,
    objects: md5Of(objectsIn(join(alice, '.dvc/cache'))),
    clone() {
      const folder = join(sandbox.folder, `clone-${count++}`);
      copyTree(template, folder);
      return folder;
    },
    connect(folder, place, number) {
      for (const [path, text] of Object.entries(place.settings(number))) writeFileSync(join(folder, path), text);
    },
  };
}

/** Noise that is the same on every machine: 1 GiB of it takes a second. */
function noise(number: number, size: number): Uint8Array {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, number), Buffer.alloc(16, number >> 8)).update(Buffer.alloc(size));
}

/** Path and md5, without the mode. */
export const md5Of = (content: ReadonlyMap<string, string>): ReadonlyMap<string, string> => new Map([...content].map(([path, one]) => [path, one.slice(one.indexOf(' ') + 1)]));

/** The user's own files: what a checkout brings out. */
export const dataIn = (folder: string): ReadonlyMap<string, string> => md5Of(contentOf(folder, (path) => path === '.git' || path.startsWith('.dvc')));

export const cacheOf = (folder: string): ReadonlyMap<string, string> => {
  const cache = join(folder, '.dvc/cache');
  return existsSync(cache) ? md5Of(objectsIn(cache)) : new Map<string, string>();
};

/** Entries of the journal in which parts are noted as done. */
export function partsNoted(folder: string): number {
  const journal = join(folder, '.dvc/tmp/towline/journal');
  if (!existsSync(journal)) return 0;
  return readdirSync(journal).filter((name) => name.endsWith('.json')).reduce((sum, name) => {
    const text = readFileSync(join(journal, name), 'utf8');
    return sum + [...text.matchAll(/"number":/g)].length;
  }, 0);
}

/** Runs the program until it ends by itself; throws when it fails. */
export async function succeed(sandbox: Sandbox, args: readonly string[], cwd: string): Promise<Ended> {
  const ended = await tow(sandbox, args, { cwd });
  if (ended.status !== 0) throw new Error(`tow ${args.join(' ')} ended with ${String(ended.status)}:\n${ended.stdout}${ended.stderr}`);
  return ended;
}

/** The program, running. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function start(sandbox: Sandbox, args: readonly string[], cwd: string): Running {
  const child = spawn(process.execPath, [builtProgram, ...args], { cwd, env: sandbox.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name]?.on('data', (chunk: Buffer) => { texts[name] += chunk.toString(); });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, ...texts }));
  });
  return { child, ended };
}

/** Removes a clone with its objects. */
export const discard = (folder: string): void => rmSync(folder, { recursive: true, force: true });

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createSandbox, type Ended, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { configOf } from './play.ts';
import type { RunningStore, StoredRemote } from './stores.ts';

/** A repository made by Towline, with a remote on some store: what the tests of lost data start from. */
export interface Machine {
  readonly sandbox: Sandbox;
  readonly remote: StoredRemote;
  readonly folder: string;
  tow(args: readonly string[], options?: { readonly cwd?: string; readonly ends?: number }): Promise<Ended>;
  write(path: string, content: string | Uint8Array): void;
  /** A clone of what is committed, with an empty cache. */
  clone(): Promise<Machine>;
}

/** Makes the repository with these files in it, each of `targets` added, and all of it committed. */
export async function createMachine(store: RunningStore, contents: Readonly<Record<string, string | Uint8Array>>, targets: readonly string[]): Promise<Machine> {
  const sandbox = createSandbox('damaged');
  try {
    return await fill(sandbox, await store.remote(sandbox), { contents, targets });
  } catch (error) {
    sandbox.remove();
    throw error;
  }
}

interface Filling { readonly contents: Readonly<Record<string, string | Uint8Array>>; readonly targets: readonly string[] }
async function fill(sandbox: Sandbox, remote: StoredRemote, { contents, targets }: Filling): Promise<Machine> {
  const machine = machineIn(sandbox, remote, join(sandbox.folder, 'alice'));
  mkdirSync(machine.folder);
  await sandbox.git(['init', '-q'], { cwd: machine.folder });
  await machine.tow(['init', '-q']);
  machine.write('.dvc/config', configOf(remote));
  for (const [path, content] of Object.entries(contents)) machine.write(path, content);
  if (targets.length > 0) await machine.tow(['add', ...targets]);
  await sandbox.git(['add', '-A'], { cwd: machine.folder });
  await sandbox.git(['commit', '-qm', 'x'], { cwd: machine.folder });
  return machine;
}

function machineIn(sandbox: Sandbox, remote: StoredRemote, folder: string): Machine {
  return {
    sandbox, remote, folder,
    async tow(args, { cwd = folder, ends = 0 } = {}) {
      const ended = await tow(sandbox, args, { cwd, env: remote.env });
      assert.equal(ended.status, ends, `tow ${args.join(' ')}:\n${ended.stdout}${ended.stderr}`);
      return ended;
    },
    write(path, content) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    async clone() {
      const other = join(sandbox.folder, 'bob');
      await sandbox.git(['clone', '-q', folder, other]);
      return machineIn(sandbox, remote, other);
    },
  };
}

export const md5 = (content: string | Uint8Array): string => createHash('md5').update(content).digest('hex');

/** Where an object lies below a cache or a remote. */
export const keyOf = (oid: string): string => `files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`;

/** The same bytes with one bit of the one in the middle turned. */
export function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyTree } from '../crash/case-folder.ts';
import { builtProgram } from '../project.ts';
import { createSandbox, type Ended, type RunOptions, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

/** A repository whose data is in the cache and on a remote beside it, and a clone that has nothing of it yet. */
export interface Machine {
  readonly sandbox: Sandbox;
  readonly work: string;
  readonly clone: string;
  readonly remote: string;
}

/** Makes the machine once; each test gets a copy. */
export async function startMachines(): Promise<{ copy(): Machine; readonly sandbox: Sandbox }> {
  const sandbox = createSandbox('bad-input');
  const template = join(sandbox.folder, 'template');
  const work = join(template, 'work');
  mkdirSync(join(work, 'data/deeper'), { recursive: true });
  mkdirSync(join(template, 'remote'));
  for (const name of ['a.txt', 'b.txt', 'deeper/c.txt']) writeFileSync(join(work, 'data', name), `the content of ${name}\n`);
  writeFileSync(join(work, 'large.bin'), Buffer.alloc(2 << 20, 'large'));
  await sandbox.git(['init', '--quiet', work]);
  for (const args of [['init', '-q'], ['add', '-q', 'data', 'large.bin'], ['remote', 'add', '-q', '-d', 'store', '../remote'], ['push', '-q']]) {
    const ended = await tow(sandbox, args, { cwd: work });
    if (ended.status !== 0) throw new Error(`tow ${args.join(' ')}: ${ended.stderr}`);
  }
  await sandbox.git(['add', '--all'], { cwd: work });
  await sandbox.git(['commit', '--quiet', '--message', 'data'], { cwd: work });
  await sandbox.git(['clone', '--quiet', 'work', 'clone'], { cwd: template });
  let count = 0;
  return {
    sandbox,
    copy() {
      const folder = join(sandbox.folder, `machine-${count++}`);
      copyTree(template, folder);
      return { sandbox, work: join(folder, 'work'), clone: join(folder, 'clone'), remote: join(folder, 'remote') };
    },
  };
}

/** Runs the program in a mount namespace of its own, after `mounts` have been made in it; they end with it. */
export function towBehindMounts({ sandbox }: Machine, mounts: readonly string[], { args, ...options }: RunOptions & { readonly args: readonly string[] }): Promise<Ended> {
  const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  const script = [...mounts, `exec ${[process.execPath, builtProgram, ...args].map(quote).join(' ')}`].join(' && ');
  return sandbox.run('unshare', ['--mount', 'sh', '-c', script], options);
}

/** Why no mounts can be made here; undefined when they can. */
export function whyNoMounts(): string | undefined {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt'], { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    return `no file system can be mounted here: ${error instanceof Error ? error.message.split('\n')[0] ?? '' : String(error)}`;
  }
}

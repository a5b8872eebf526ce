import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningProgram } from './program.ts';

/** A server of a test's own: on 127.0.0.1, on a port nobody else has, with a folder that goes when it stops. */
export interface Server {
  readonly host: string;
  readonly port: number;
  /** Holds its configuration and its data. */
  readonly folder: string;
  /** What it printed so far. */
  output(): string;
  stop(): Promise<void>;
}
export interface Credentials { readonly user: string; readonly password: string }
export interface S3Server extends Server {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const HOST = '127.0.0.1';

const folders = new Set<string>();
let isWatching = false;

/** A temporary folder that is removed with this process at the latest. */
export function temporaryFolder(name: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `towline-${name}-`)));
  folders.add(folder);
  if (!isWatching) process.on('exit', () => folders.forEach(removeFolder));
  isWatching = true;
  return folder;
}

export function removeFolder(folder: string): void {
  folders.delete(folder);
  // A server that is just ending may still write into a folder that is just being emptied.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** The common part of every server that consists of programs and a folder; programs are stopped last first. */
export function serverOf(options: { readonly port: number; readonly folder: string; readonly programs: readonly RunningProgram[] }): Server {
  const { port, folder, programs } = options;
  return {
    host: HOST, port, folder,
    output: () => programs.map((program) => program.output()).join('\n'),
    async stop() {
      for (const program of [...programs].reverse()) await program.stop();
      removeFolder(folder);
    },
  };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judgeProgram } from '../../test/judges.ts';
import { builtProgram } from '../../test/project.ts';
import type { Sandbox } from '../../test/servers/sandbox.ts';
import type { S3Server } from '../../test/servers/server.ts';
import { measure, type Measured, type MeasureOptions } from '../measure.ts';
import type { Pair, TableRow } from './row.ts';
import { settle } from '../settle.ts';

/** How much is moved. */
export interface Amounts {
  readonly files: number; readonly objects: number; readonly largeMiB: number; readonly sentMiB: number; readonly tiny: number; readonly tinyFar: number; readonly keys: number; readonly manyKeys: number;
  readonly rounds: number;
  /** Pairs of what takes a moment. */
  readonly moments: number;
}
/** Where the rows are measured. */
export interface Bench {
  readonly amounts: Amounts;
  readonly folder: string;
  readonly sandbox: Sandbox;
  /** DVC keeps an index outside the repository. */
  readonly dvcSandbox: Sandbox;
  /** The authority of the servers that speak TLS. */
  readonly authority: string;
  readonly stub: S3Server;
  readonly secureStub: S3Server;
  /** It answers each request {@link FAR_MS} late. */
  readonly farStub: S3Server;
  take(row: TableRow): void;
}

export const BUCKET = 'bench';
export const FAR_MS = 20;

export const tow = async ({ sandbox }: Bench, words: readonly string[], options: MeasureOptions): Promise<Measured> => await measure(sandbox, [process.execPath, builtProgram, ...words], options);
export const dvc = async ({ dvcSandbox }: Bench, words: readonly string[], options: MeasureOptions): Promise<Measured> => await measure(dvcSandbox, [judgeProgram('dvc'), ...words], options);
export const script = async ({ sandbox, folder }: Bench, command: string): Promise<Measured> => await measure(sandbox, ['sh', '-c', command], { cwd: folder });
/** Product code without a command of its own, in a process of its own: see child.ts. What it says of itself is in `said`. */
export async function child(bench: Bench, words: readonly string[], program = fileURLToPath(new URL('child.js', import.meta.url))): Promise<Measured & { readonly said: Readonly<Record<string, number>> }> {
  const file = join(bench.folder, 'said.json');
  const measured = await measure(bench.sandbox, [process.execPath, program, file, ...words], { cwd: bench.folder });
  return { ...measured, said: JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, number>> };
}

/** So many pairs, each right after the other; what one left to be written is not written on the other's time. */
export async function inPairs(count: number, ours: (round: number) => Promise<Measured>, theirs: (round: number) => Promise<Measured>): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 1; round <= count; round += 1) {
    settle();
    const first = await ours(round);
    settle();
    pairs.push([first, await theirs(round)]);
  }
  return pairs;
}

/** A new path below the folder of the run. */
export const placeIn = ({ folder }: Bench, ...names: readonly string[]): string => join(folder, ...names);

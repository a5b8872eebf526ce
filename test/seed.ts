import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './project.ts';

/** What all random choices of a run follow from: TOW_SEED, or the commit, so that a commit always tests the same and the next one something else. */
export const seed: number = readSeed();

/** Numbers from 0 to below 1, the same for the same words and seed (mulberry32). */
export function randomFor(words: string, from: number = seed): () => number {
  let state = createHash('md5').update(`${from} ${words}`).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function readSeed(): number {
  const given = process.env['TOW_SEED'];
  if (given !== undefined) return Number(given);
  if (!existsSync(join(projectFolder, '.git'))) return 1;
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: projectFolder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return Number.parseInt(commit.slice(0, 7), 16);
}

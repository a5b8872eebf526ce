#!/usr/bin/env node
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepCompiled } from '../disk/compiled.ts';
import { VERSION } from './version.ts';

// The version is asked for by every shell prompt and CI log: it costs nothing but Node itself. There is no `await` at this
// level because the bundle makes this program CommonJS, which Node starts sooner than modules (docs/decisions/bundle.md).
const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) process.stdout.write(`${VERSION}\n`);
else start();

function start(): void {
  const program = join(dirname(fileURLToPath(import.meta.url)), 'chunks');
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  if (process.env['NODE_DISABLE_COMPILE_CACHE'] !== '1') {
    keepCompiled({ program, folder: join(caches, 'towline', 'compiled'), use: useOf(words), onEnd: (act) => void process.once('exit', act) });
  }
  void import('./run.ts').then(async ({ run }) => { process.exitCode = await run(words); });
}

/** The command, as far as words that can stand in a file's name tell it. */
function useOf([first = '', second = '']: readonly string[]): string {
  return [first, second].filter((word) => /^[a-z][a-z-]{1,20}$/.test(word)).join('-') || 'tow';
}

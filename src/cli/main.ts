#!/usr/bin/env node
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isRepeatable } from './repeatable.ts';
import { openStandardStream } from './standard-stream.ts';
import { VERSION } from './version.ts';

// The version is asked for by every shell prompt and CI log: it costs nothing but Node itself. There is no `await` at this
// level because the bundle makes this program CommonJS, which Node starts sooner than modules (docs/decisions/bundle.md).
const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) openStandardStream(1).write(`${VERSION}\n`);
else void start();

async function start(): Promise<void> {
  if (isRepeatable(words)) {
    const said = (await import('./repeated.ts')).saidAgain(words);
    if (said !== undefined) return openStandardStream(1).write(said);
  }
  const program = join(import.meta.dirname, 'chunks');
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  if (process.env['NODE_DISABLE_COMPILE_CACHE'] !== '1') {
    const { keepCompiled } = await import('../disk/compiled.ts');
    keepCompiled({ program, folder: join(caches, 'towline', 'compiled'), engine: `${process.versions.v8}-${process.arch}`, use: useOf(words), onEnd: (act) => void process.once('exit', act) });
  }
  const { run } = await import('./run.ts');
  process.exitCode = await run(words);
}

/** The command, as far as words that can stand in a file's name tell it. */
function useOf([first = '', second = '']: readonly string[]): string {
  return [first, second].filter((word) => /^[a-z][a-z-]{1,20}$/.test(word)).join('-') || 'tow';
}

#!/usr/bin/env node
import { VERSION } from './version.ts';

// The version is asked for by every shell prompt and CI log: it costs nothing but Node itself. There is no `await` at this
// level because the bundle makes this one file CommonJS, which Node starts 4 ms sooner than a module (docs/decisions/bundle.md).
const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) process.stdout.write(`${VERSION}\n`);
else void import('./run.ts').then(async ({ run }) => { process.exitCode = await run(words); });

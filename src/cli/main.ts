#!/usr/bin/env node
import { VERSION } from './version.ts';

// The version is asked for by every shell prompt and CI log: it costs nothing but Node itself.
const [first] = process.argv.slice(2);
if (process.argv.length === 3 && (first === '--version' || first === '-V')) process.stdout.write(`${VERSION}\n`);
else {
  const { run } = await import('./run.ts');
  process.exitCode = await run(process.argv.slice(2));
}

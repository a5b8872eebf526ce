import { setMaxListeners } from 'node:events';
import { run } from 'node:test';
import { relative } from 'node:path';
import { projectFolder } from '../project.ts';
import { summarise } from './summary.ts';
import type { Suite } from './suites.ts';

/** What is told of a test that did not pass. */
export interface Failure { readonly name: string; readonly text: string }
export interface Skip { readonly name: string; /** Absent when the test gave none. */ readonly reason?: string }
export interface Outcome {
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly skips: readonly Skip[];
  readonly seconds: number;
}

const CONCURRENCY = 2;
const SUITE_FACTOR = 4;

/** Runs the files of one suite, two at a time, each in a process of its own. */
export async function runSuite(suite: Suite, files: readonly string[], onFailure: (failure: Failure) => void): Promise<Outcome> {
  const started = Date.now();
  const ending = new AbortController();
  // Every file listens; without this Node.js takes the eleventh for a leak.
  setMaxListeners(0, ending.signal);
  const timer = setTimeout(() => ending.abort(new Error(`suite ${suite.name} took longer than ${suite.fileTimeoutSeconds * SUITE_FACTOR} seconds`)), suite.fileTimeoutSeconds * SUITE_FACTOR * 1000);
  try {
    const events = run({ files: [...files], concurrency: CONCURRENCY, timeout: suite.fileTimeoutSeconds * 1000, signal: ending.signal });
    const summary = await summarise(events, { files, show: (file) => relative(`${projectFolder}/dist`, file).replace(/\.js$/, '.ts'), onFailure });
    return { ...summary, seconds: (Date.now() - started) / 1000 };
  } finally {
    clearTimeout(timer);
  }
}

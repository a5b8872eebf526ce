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
  /** How long each file took, the slowest first. */
  readonly files: readonly Timed[];
}
export interface Timed { readonly file: string; readonly seconds: number }

const CONCURRENCY = 2;
const SUITE_FACTOR = 4;

/** Runs the files of one suite, two at a time, each in a process and a run of its own: a test registered by a helper counts for the file that called it. */
export async function runSuite(suite: Suite, files: readonly string[], onFailure: (failure: Failure) => void): Promise<Outcome> {
  const started = Date.now();
  const ending = new AbortController();
  // Every file listens; without this Node.js takes the eleventh for a leak.
  setMaxListeners(0, ending.signal);
  const timer = setTimeout(() => ending.abort(new Error(`suite ${suite.name} took longer than ${suite.fileTimeoutSeconds * SUITE_FACTOR} seconds`)), suite.fileTimeoutSeconds * SUITE_FACTOR * 1000);
  const waiting = [...files];
  const parts: Omit<Outcome, 'seconds' | 'files'>[] = [];
  const timed: Timed[] = [];
  const show = (file: string): string => relative(`${projectFolder}/dist`, file).replace(/\.js$/, '.ts');
  const lane = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const begun = Date.now();
      const events = ending.signal.aborted ? nothing() : run({ files: [file], timeout: suite.fileTimeoutSeconds * 1000, signal: ending.signal });
      parts.push(await summarise(events, { file, show, onFailure }));
      timed.push({ file: show(file), seconds: (Date.now() - begun) / 1000 });
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  } finally {
    clearTimeout(timer);
  }
  return {
    passed: parts.reduce((sum, { passed }) => sum + passed, 0),
    failures: parts.flatMap(({ failures }) => failures),
    skips: parts.flatMap(({ skips }) => skips),
    seconds: (Date.now() - started) / 1000,
    files: timed.sort((a, b) => b.seconds - a.seconds),
  };
}

async function* nothing(): AsyncGenerator<never> {
  // What never ran has no events, and is told as unfinished.
}

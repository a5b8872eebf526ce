import type { Worker } from 'node:worker_threads';

/** The programs of threads, each a file beside this one. */
export type ThreadProgram = 'worker' | 'confirm-worker' | 'follow-worker' | 'write-worker';

/**
 * What a thread makes is gone soon: by the engine's own measure one takes 8 MB more. And it sets 128 MB of address space aside for compiled code, of which there is little;
 * where that is limited (`ulimit -v`) it would end the process.
 */
const LIMITS = { maxYoungGenerationSizeMb: 8, codeRangeSizeMb: 16 };

/** Starts a thread that finds `data` as its `workerData`. Undefined where none may be started (`ulimit -u`, Node's permissions): then the work is to be done here. */
export async function startThread(program: ThreadProgram, data: unknown): Promise<Worker | undefined> {
  // 2 ms of a start, for which few commands have a use.
  const threads = await import('node:worker_threads');
  try {
    return new threads.Worker(new URL(`./${program}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url), { workerData: data, resourceLimits: LIMITS });
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ERR_WORKER_INIT_FAILED' || error.code === 'ERR_ACCESS_DENIED')) return undefined;
    throw error;
  }
}

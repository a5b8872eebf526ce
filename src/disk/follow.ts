import type { Worker } from 'node:worker_threads';
import type { FileHash } from './hasher.ts';
import { type PortableError, revive } from './messages.ts';

/** Hashes a file in a thread of its own, as far as it is told that the bytes are there: on a second core, while this one brings them. */
export interface Follower {
  /** The first `end` bytes are there. */
  follow(end: number): void;
  /** The hash of what it was told of. Rejects with what became of the file, or when it was stopped. */
  digest(): Promise<string>;
  /** Ends the thread, whatever it does; more than once is no fault. */
  stop(): void;
}

export interface FollowerSettings {
  readonly path: string;
  readonly name: FileHash;
}
/** How far the bytes are there; at last, that the digest is wanted. */
export type FollowerWord = number | 'digest';
/** Of one of them. */
interface Answer { readonly digest?: string; readonly failure?: PortableError }

let running = 0;

/** How many there are in this process. */
export const followers = (): number => running;

/** Starts the thread. */
export async function startFollower(settings: FollowerSettings): Promise<Follower> {
  // 2 ms of a start, for which few commands have a use.
  const threads = await import('node:worker_threads');
  const worker: Worker = new threads.Worker(new URL(import.meta.url.endsWith('.ts') ? './follow-worker.ts' : './follow-worker.js', import.meta.url), { workerData: settings });
  running += 1;
  const answer = new Promise<string>((resolve, reject) => {
    worker.once('message', ({ digest = '', failure }: Answer) => {
      if (failure) reject(revive(failure));
      else resolve(digest);
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      running -= 1;
      reject(new Error('the thread that hashes has ended'));
    });
  });
  // Whoever stops it does not ask any more.
  answer.catch(() => undefined);
  return {
    follow: (end) => { worker.postMessage(end); },
    async digest() {
      worker.postMessage('digest');
      return await answer;
    },
    stop: () => { void worker.terminate(); },
  };
}

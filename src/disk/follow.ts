import type { FileHash } from './hasher.ts';
import { type PortableError, revive } from './messages.ts';
import { startThread } from './thread.ts';

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

/** Starts the thread; undefined where none can be started. */
export async function startFollower(settings: FollowerSettings): Promise<Follower | undefined> {
  const worker = await startThread('follow-worker', settings);
  if (worker === undefined) return undefined;
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

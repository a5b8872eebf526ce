import type { Worker } from 'node:worker_threads';
import type { Disk } from './disk.ts';
import { nodeDisk } from './node.ts';
import { type PutRules, putQuickly } from './put.ts';
import { startThread } from './thread.ts';
import { noteUnknown } from './watch.ts';

/** Makes files of bytes that are in memory: here, and in other threads as well where the disk is slow. A new file costs 50 us on a good one, and milliseconds on a network drive, which takes many at once. */
export interface FileWriter {
  /** Makes one file, whole or not at all; the bytes are the caller's again when it returns. Tells, then or later, whether it is there. */
  put(path: string, bytes: Uint8Array, told: Told): void;
  /** Resolves when all have been told of, and the threads have ended. */
  end(): Promise<void>;
}
export type Told = (isThere: boolean) => void;

export interface FileWriterSettings extends PutRules {
  /** Milliseconds that this thread has been busy so far; lent by tests. */
  readonly busyMs?: () => number;
}

/** After so much time one more thread is started, which takes 40 ms of a core, if a file took as long as that: on a good disk it would only take turns with this one. */
const SLOW = { totalMs: 50, fileMs: 0.5 };
/** And files and bytes that a thread is given at once. They wait for the disk, and need no core of their own, but each takes some 12 MB. */
const MOST = { threads: 3, files: 64, bytes: 1024 * 1024 };
/** While it writes the one, the other is filled. */
const MEMORIES = 2;

/** Files for a thread: their bytes lie one behind the other, and end there. */
export interface WriteTask {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly paths: readonly string[];
  readonly ends: readonly number[];
}
/** What came of them, with the memory to be filled again. */
export interface WriteDone {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly areThere: readonly boolean[];
}

/** Where no thread is free this one does it: so it takes its share, and nothing heaps up. */
export function createFileWriter(disk: Disk, { mode, isShared, busyMs = () => performance.eventLoopUtilization().active }: FileWriterSettings): FileWriter {
  const most = disk === nodeDisk ? MOST.threads : 0;
  const threads: WriterThread[] = [];
  const starting: Promise<void>[] = [];
  let [spentMs, count] = [0, 0];
  const start = async (): Promise<void> => {
    const worker = await startThread('write-worker', { mode, isShared } satisfies PutRules);
    if (worker) threads.push(new WriterThread(worker));
  };
  return {
    put(path, bytes, told) {
      const thread = threads.find((one) => one.takes(bytes.byteLength));
      if (thread) {
        thread.put(path, bytes, told);
        return;
      }
      const begun = busyMs();
      const isThere = putQuickly(disk, path, { bytes, mode, isShared });
      spentMs += busyMs() - begun;
      count += 1;
      if (spentMs >= SLOW.totalMs) {
        // Where none can be started all is done here.
        if (spentMs >= count * SLOW.fileMs && starting.length < most) starting.push(start().catch(() => undefined));
        spentMs = count = 0;
      }
      told(isThere);
    },
    async end() {
      await Promise.all(starting);
      await Promise.all(threads.map(async (thread) => { await thread.end(); }));
    },
  };
}

interface Batch extends WriteTask {
  readonly paths: string[];
  readonly ends: number[];
  readonly told: Told[];
}

class WriterThread {
  readonly #worker: Worker;
  readonly #free = Array.from({ length: MEMORIES }, () => new Uint8Array(MOST.bytes));
  #filling: Batch | undefined;
  /** What it was given; it answers in turn. */
  readonly #given: Batch[] = [];
  #hasEnded = false;
  #onIdle: (() => void) | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (done: WriteDone) => { this.#take(done); });
    const lose = (): void => { this.#lose(); };
    worker.once('error', lose);
    worker.once('exit', lose);
  }

  /** Whether there is a place for so many bytes. What was there for fewer is given to it. */
  takes(size: number): boolean {
    if (this.#hasEnded || size > MOST.bytes) return false;
    if (this.#filling && endOf(this.#filling) + size > MOST.bytes) this.#give();
    return this.#filling !== undefined || this.#free.length > 0;
  }

  put(path: string, bytes: Uint8Array, told: Told): void {
    this.#filling ??= { memory: this.#free.pop() ?? new Uint8Array(MOST.bytes), paths: [], ends: [], told: [] };
    const { memory, paths, ends } = this.#filling;
    const start = endOf(this.#filling);
    memory.set(bytes, start);
    paths.push(path);
    ends.push(start + bytes.byteLength);
    this.#filling.told.push(told);
    if (paths.length === MOST.files) this.#give();
  }

  async end(): Promise<void> {
    this.#give();
    if (this.#given.length > 0) await new Promise<void>((resolve) => { this.#onIdle = resolve; });
    await this.#worker.terminate();
  }

  #give(): void {
    const batch = this.#filling;
    if (batch === undefined) return;
    this.#filling = undefined;
    // What changes files here takes note of it itself.
    noteUnknown();
    this.#given.push(batch);
    const { memory, paths, ends } = batch;
    this.#worker.postMessage({ memory, paths, ends } satisfies WriteTask, [memory.buffer]);
  }

  #take({ memory, areThere }: WriteDone): void {
    this.#free.push(memory);
    const batch = this.#given.shift();
    for (const [index, tell] of batch?.told.entries() ?? []) tell(areThere[index] === true);
    if (this.#given.length === 0) this.#onIdle?.();
  }

  /** A thread that has ended by itself has made nothing that could be counted on. */
  #lose(): void {
    this.#hasEnded = true;
    const lost = [...this.#given.splice(0), ...(this.#filling ? [this.#filling] : [])];
    this.#filling = undefined;
    for (const { told } of lost) for (const tell of told) tell(false);
    this.#onIdle?.();
  }
}

const endOf = ({ ends }: Batch): number => ends.at(-1) ?? 0;

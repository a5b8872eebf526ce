import type { HashName, Oid } from '../odb/hash-info.ts';
import { moveFiles } from '../odb/move-objects.ts';
import type { ObjectDb } from '../odb/object-db.ts';
import { oidSet } from '../odb/oid-set.ts';
import { presentOnBoth } from '../odb/present-on-both.ts';
import type { Audience, Clock } from '../runtime.ts';
import { abortedError, type CallOptions, throwIfAborted } from '../storage/call.ts';
import type { JobOptions } from '../storage/storage.ts';
import { type Job, type JobOutcome, parseJob } from './job.ts';
import { queueNameOf } from './queue-address.ts';
import { closeWithin, type HeldJob, type JobWorker, type QueueServer } from './queue-server.ts';

/** What a worker works with: its own cache and its own configuration of the remote. Nothing of a job says where bytes come from or go to. */
export interface Workplace {
  cache(name: HashName): ObjectDb;
  target(name: HashName): Promise<ObjectDb>;
}

/** How long to work. */
export interface WorkOptions extends JobOptions {
  readonly name: string;
  readonly leaseSeconds: number;
  /** Ends when there was nothing to do for so long. Default: never. */
  readonly idleSeconds?: number;
}

/** What a worker did. */
export interface Worked { readonly jobs: number; readonly pushed: number; readonly failed: number; readonly lacking: number }

export interface WorkLent extends Pick<Clock, 'now' | 'wait'>, Pick<Audience, 'warn' | 'report' | 'trace'> {}

/** Leaves time to give the job back, and is over before a person or a batch system loses patience. */
const CLOSE_MS = 1500;
const TURN_MS = 200;

/** Takes jobs of the remote's queue and does them until `signal` fires (ABORTED, when the job in hand has been given back) or nothing has come for `idleSeconds`. */
export async function work(server: QueueServer, place: Workplace, { lent, ...options }: WorkOptions & { readonly lent: WorkLent }): Promise<Worked> {
  const name = queueNameOf(await place.target('md5'));
  const { signal } = options;
  // It makes the tables where there are none, which a worker does not.
  await closeWithin(CLOSE_MS, lent, await server.queue(name, { ...(signal && { signal }) }));
  const tally = { jobs: 0, pushed: 0, failed: 0, lacking: 0 };
  const state = { busy: 0, lastBusy: lent.now() };
  const worker: JobWorker = await server.worker(name, async (job, token) => {
    state.busy++;
    const held = new AbortController();
    void holdOn(job, { token: token ?? '', leaseSeconds: options.leaseSeconds, lent, signal: held.signal });
    try {
      const outcome = await doJob(parseJob(job.data), place, { ...options, isTakenOver: job.attemptsStarted > 1 });
      count(tally, outcome, lent);
      return outcome;
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      await job.moveToWait(token);
      throw givenBack();
    } finally {
      held.abort();
      state.busy--;
      state.lastBusy = lent.now();
    }
  }, options);
  listen(worker, lent);
  lent.report?.({ kind: 'phase', name: `Working for ${server.displayUrl}` });
  try {
    // Not before: one that is stopped while it connects would keep a job that it has just taken.
    throwIfAborted(signal);
    void worker.run().catch((error: unknown) => lent.trace?.(`the queue: ${String(error)}`));
    state.lastBusy = lent.now();
    const { idleSeconds = Infinity } = options;
    while (state.busy > 0 || lent.now() - state.lastBusy < idleSeconds * 1000) await lent.wait(TURN_MS, signal);
    await finish(worker, state, { ...lent, ...(signal && { signal }) });
  } finally {
    server.end();
    await closeWithin(CLOSE_MS, lent, worker);
  }
  if (signal?.aborted === true) throw abortedError(signal);
  return tally;
}

interface Held { readonly token: string; readonly leaseSeconds: number; readonly lent: WorkLent; readonly signal: AbortSignal }

/** Says again and again that the job is ours still, until `signal` fires. BullMQ's own timer for that keeps the process alive where the server is gone (6.7.0). */
async function holdOn(job: Pick<HeldJob, 'extendLock'>, { token, leaseSeconds, lent, signal }: Held): Promise<void> {
  for (;;) {
    await lent.wait(leaseSeconds * 500, signal).catch(() => undefined);
    if (signal.aborted) return;
    await job.extendLock(token, leaseSeconds * 1000).catch((error: unknown) => lent.trace?.(`the queue: ${String(error)}`));
  }
}

/** Takes no more, and does what came just before the end of patience. */
async function finish(worker: JobWorker, state: { readonly busy: number }, { now, wait, signal }: Pick<Clock, 'now' | 'wait'> & CallOptions): Promise<void> {
  let isClosed = false;
  const closed = (): void => { isClosed = true; };
  worker.close().then(closed, closed);
  for (const end = now() + CLOSE_MS; !isClosed && (state.busy > 0 || now() < end);) await wait(TURN_MS, signal);
}

/** By this name BullMQ knows that the job is not ours any more. */
function givenBack(): Error {
  const error = new Error('the worker is being stopped');
  error.name = 'WaitingError';
  return error;
}

function count(tally: { jobs: number; pushed: number; failed: number; lacking: number }, { done, failed, lacking }: JobOutcome, { report }: WorkLent): void {
  tally.jobs++;
  tally.pushed += done.length;
  tally.failed += failed.length;
  tally.lacking += lacking.length;
  report?.({ kind: 'advance', files: done.length, bytes: 0 });
}

/** Sends what the cache has of a job, as a push does: bytes are compared with their name on the way. */
export async function doJob({ hashName, oids }: Job, place: Workplace, { jobs, isTakenOver, signal }: JobOptions & { readonly isTakenOver: boolean }): Promise<JobOutcome> {
  const call = { ...(signal && { signal }), ...(jobs !== undefined && { jobs }) };
  const [cache, target] = [place.cache(hashName), await place.target(hashName)];
  const wanted = oidSet(oids);
  // Who had it before may have sent some: those are not sent twice.
  const { here, there } = isTakenOver ? await presentOnBoth(wanted, { cache, target }, call) : { here: await cache.present(wanted, call), there: oidSet([]) };
  const done: Oid[] = [...there.oids()];
  const failed: { oid: Oid; reason: string }[] = [];
  const open = here.minus(there);
  await moveFiles(cache, target, { ...call, files: open, take({ oid, error }) {
    if (error) failed.push({ oid, reason: error.message });
    else done.push(oid);
  } });
  return { done, lacking: [...wanted.minus(here).minus(there).oids()], failed };
}

/** What the client says of its connection, each thing once; that a job was lost to another is no fault. */
function listen(worker: JobWorker, { warn, trace }: WorkLent): void {
  let last = '';
  worker.on('error', (error: Error & { readonly code?: unknown }) => {
    trace?.(`the queue: ${error.message}`);
    const isOfTheNet = typeof error.code === 'string' && error.code.startsWith('E');
    if (!isOfTheNet || last === error.code) return;
    last = String(error.code);
    warn({ code: 'QUEUE', text: `the queue cannot be reached (${last}); trying again` });
  });
  worker.on('active', () => { last = ''; });
}

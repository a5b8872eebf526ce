import { hasCode, TowlineError } from '../errors.ts';
import type { Audience, Clock } from '../runtime.ts';
import { type CallOptions, linkedController, onAbort, throwIfAborted } from '../storage/call.ts';
import { type Job, type JobOutcome, parseOutcome, serializeJob } from './job.ts';
import { queueError } from './queue-error.ts';
import { closeWithin, type JobQueue, type QueueServer, within } from './queue-server.ts';

/** Where whoever pushes hands in jobs and hears what came of them. */
export interface JobDesk {
  /** Puts a job into the queue and waits until somebody has done it. What a worker could not do is in the outcome; ABORTED takes the job back. */
  run(job: Job, signal: AbortSignal): Promise<JobOutcome>;
  close(): Promise<void>;
}
export interface DeskLent extends Pick<Clock, 'now' | 'wait' | 'randomBytes'>, Pick<Audience, 'warn'> {}

/** How a job ended: with what the worker says, or without it. */
interface Ending { readonly value?: unknown; readonly failure?: string }

/** Events can be missed when a connection is cut: so often each job is looked at. */
const LOOK_MS = 4000;
/** A server that does not answer for so long is gone. */
const PATIENCE_MS = 30_000;
/** When nothing has come back for so long, the person hears of it. */
const QUIET_MS = 15_000;
const CLOSE_MS = 1500;
/** What nobody comes back for is thrown away. */
const KEEP = { age: 3600 };

export async function openJobDesk(server: QueueServer, name: string, { signal, ...lent }: DeskLent & CallOptions): Promise<JobDesk> {
  const call = { ...(signal && { signal }) };
  const queue = await server.queue(name, call);
  const events = await server.events(name, call).catch(async (error: unknown) => {
    await closeWithin(CLOSE_MS, lent, queue);
    throw error;
  });
  const hearers = new Map<string, (ending: Ending) => void>();
  const watch = watchQuiet(server, lent);
  const hear = (id: string, ending: Ending): void => {
    watch.heard();
    hearers.get(id)?.(ending);
  };
  events.on('completed', ({ jobId, returnvalue }) => { hear(jobId, { value: returnvalue }); });
  events.on('failed', ({ jobId, failedReason }) => { hear(jobId, { failure: failedReason }); });
  return {
    async run(job, aborted) {
      const id = `p${Buffer.from(lent.randomBytes(12)).toString('hex')}`;
      const { controller, unlink } = linkedController(aborted);
      const heard: { ending?: Ending } = {};
      hearers.set(id, (ending) => {
        heard.ending = ending;
        controller.abort();
      });
      try {
        await answered(queue.add('push', serializeJob(job), { jobId: id, removeOnComplete: KEEP, removeOnFail: KEEP }), { ...lent, server, signal: aborted });
        while (!heard.ending) {
          await pause(lent, controller.signal);
          throwIfAborted(aborted);
          const found = heard.ending ?? (await answered(lookAt(queue, id, watch), { ...lent, server, signal: aborted }));
          if (found) heard.ending = found;
        }
        return outcomeOf(heard.ending, job);
      } finally {
        unlink();
        hearers.delete(id);
        // One that a worker has just taken stays until it is done, and does no harm.
        await within(CLOSE_MS, lent, queue.remove(id));
      }
    },
    async close() {
      server.end();
      await Promise.all([closeWithin(CLOSE_MS, lent, queue), closeWithin(CLOSE_MS, lent, events)]);
    },
  };
}

async function lookAt(queue: JobQueue, id: string, watch: Quiet): Promise<Ending | undefined> {
  const state = await queue.getJobState(id);
  if (state === 'completed') return { value: (await queue.getJob(id))?.returnvalue };
  if (state === 'failed') return { failure: (await queue.getJob(id))?.failedReason ?? 'it failed' };
  if (state === 'unknown') return { failure: 'somebody has removed the job from the queue' };
  watch.found(state === 'active');
  return undefined;
}

function outcomeOf({ value, failure }: Ending, job: Job): JobOutcome {
  try {
    if (failure === undefined) return parseOutcome(value, job);
  } catch (error) {
    if (!hasCode(error, 'CORRUPT')) throw error;
    return allFailed(job, error.message);
  }
  return allFailed(job, failure);
}

const allFailed = ({ oids }: Job, reason: string): JobOutcome => ({ done: [], lacking: [], failed: oids.map((oid) => ({ oid, reason })) });

async function pause({ wait }: Pick<Clock, 'wait'>, signal: AbortSignal): Promise<void> {
  try {
    await wait(LOOK_MS, signal);
  } catch (error) {
    if (!hasCode(error, 'ABORTED')) throw error;
  }
}

/** What the server says, or UNAVAILABLE when it says nothing. */
async function answered<T>(asked: Promise<T>, { wait, server, signal }: Pick<Clock, 'wait'> & { readonly server: QueueServer; readonly signal: AbortSignal }): Promise<T> {
  const over = new AbortController();
  const unlink = onAbort(signal, () => { over.abort(); });
  if (signal.aborted) over.abort();
  const silence = wait(PATIENCE_MS, over.signal).then(() => {
    throw new TowlineError('UNAVAILABLE', `the queue at '${server.displayUrl}' has not answered for ${PATIENCE_MS / 1000} seconds`, { retryable: true, hint: 'What was sent is kept. Push again when it runs.' });
  });
  try {
    return await Promise.race([asked, silence]);
  } catch (error) {
    throw queueError(server, error);
  } finally {
    unlink();
    over.abort();
    silence.catch(() => undefined);
    asked.catch(() => undefined);
  }
}

interface Quiet {
  /** Something has come back. */
  heard(): void;
  /** A job was looked at that is not done yet: somebody has it, or nobody. */
  found(isTaken: boolean): void;
}

/** Tells the person when nothing comes back: once for each such time, and once a minute. */
function watchQuiet({ displayUrl }: QueueServer, { now, warn }: DeskLent): Quiet {
  let since = now();
  let next = since + QUIET_MS;
  let takenAt = -Infinity;
  return {
    heard() {
      since = now();
      next = since + QUIET_MS;
    },
    found(isTaken) {
      if (isTaken) takenAt = now();
      if (now() < next) return;
      next = now() + 60_000;
      const seconds = Math.round((now() - since) / 1000);
      const text = now() - takenAt < QUIET_MS ? `no worker has ended a job for ${seconds} seconds` : `no worker has taken a job for ${seconds} seconds: start 'tow worker' with the URL of ${displayUrl} in a clone that has the same remote`;
      warn({ code: 'NO_WORKER', text });
    },
  };
}

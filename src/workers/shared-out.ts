import { TowlineError } from '../errors.ts';
import { isTreeOid } from '../odb/hash-info.ts';
import type { ObjectDb, StoredObject, StoreResult, WriteObjectsOptions } from '../odb/object-db.ts';
import { createOidSetBuilder, type OidSetBuilder } from '../odb/oid-set.ts';
import type { Audience } from '../runtime.ts';
import type { CallOptions } from '../storage/call.ts';
import { concurrently } from '../storage/concurrently.ts';
import { cutJobs } from './cut-jobs.ts';
import type { JobOutcome } from './job.ts';
import type { JobDesk } from './job-desk.ts';
import { queueNameOf } from './queue-address.ts';

/** Who does the writing. */
export interface SharingOut extends Pick<Audience, 'warn'> {
  /** Asked when there is something to write. */
  openDesk(queue: string, call: CallOptions): Promise<JobDesk>;
}

/** Jobs in the queue at once: enough for a hundred workers, and few enough that memory is bounded. */
const JOBS_AT_ONCE = 128;

/**
 * The objects of `target`, written by workers. Whatever they do not do, this process does: what their caches lack, what fails at them, and the
 * listings of directories, which may follow their files only. Their word is not enough: what they say they have sent is looked for at the end.
 */
export function createSharedOut(target: ObjectDb, sharing: SharingOut): ObjectDb {
  return { ...target, write: (objects, options) => writeByWorkers(target, objects, { ...options, sharing }) };
}

async function* writeByWorkers(target: ObjectDb, objects: AsyncIterable<StoredObject>, options: WriteObjectsOptions & { readonly sharing: SharingOut }): AsyncGenerator<StoreResult> {
  const { sharing, ...call } = options;
  const own: StoredObject[] = [];
  const sent = createOidSetBuilder();
  const reasons = new Map<string, number>();
  const files = filesOf(objects, own)[Symbol.asyncIterator]();
  const first = await files.next();
  if (first.done !== true) {
    const desk = await sharing.openDesk(queueNameOf(target), call);
    const run = async (batch: readonly StoredObject[], signal: AbortSignal): Promise<{ readonly batch: readonly StoredObject[]; readonly outcome: JobOutcome }> => ({ batch, outcome: await desk.run({ hashName: target.hashName, oids: batch.map(({ oid }) => oid) }, signal) });
    try {
      for await (const { batch, outcome } of concurrently(cutJobs(andThen(first.value, files)), { jobs: JOBS_AT_ONCE, ...(call.signal && { signal: call.signal }) }, run)) {
        const done = new Set(outcome.done);
        for (const object of batch) {
          if (!done.has(object.oid)) own.push(object);
          else {
            sent.add(object.oid, object.source.size);
            call.onBytes?.(object.source.size ?? 0);
          }
        }
        note(reasons, outcome);
        if (own.length >= OWN_AT_ONCE) yield* target.write(eachOf(own.splice(0)), call);
      }
    } finally {
      await desk.close();
    }
    yield* checked(target, sent, call);
  }
  for (const [reason, count] of reasons) sharing.warn({ code: 'WORKER', text: `${count} object${count === 1 ? '' : 's'} sent from here, because ${reason}` });
  if (own.length > 0) yield* target.write(eachOf(own), call);
}

/** What came back is sent before it becomes many. */
const OWN_AT_ONCE = 4096;
const MOST_REASONS = 5;

function note(reasons: Map<string, number>, { lacking, failed }: JobOutcome): void {
  const add = (reason: string, count: number): void => {
    if (reasons.has(reason) || reasons.size < MOST_REASONS) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  };
  if (lacking.length > 0) add('the cache of a worker lacks them', lacking.length);
  for (const { reason } of failed) add(`a worker could not send them: ${reason}`, 1);
}

/** Looks for what was reported as sent. A worker with another configuration, or a stranger in the queue, must not make us believe what is not so. */
async function* checked(target: ObjectDb, sent: OidSetBuilder, call: CallOptions): AsyncGenerator<StoreResult> {
  const reported = sent.build();
  const there = await target.present(reported, call);
  let place = 0;
  for (const oid of reported.oids()) {
    const bytes = reported.sizeAt(place++);
    const found = there.placeOf(oid);
    const size = found < 0 ? undefined : there.sizeAt(found);
    // Text of DVC 2 has one digest in several sizes.
    const isThere = found >= 0 && (target.hashName !== 'md5' || size === undefined || bytes === undefined || size === bytes);
    yield isThere ? { oid, how: 'streamed', bytes: bytes ?? 0 } : { oid, how: 'failed', bytes: 0, error: notThere(target) };
  }
}

const notThere = ({ displayUrl }: ObjectDb): TowlineError => new TowlineError('NOT_FOUND', `a worker says that it has sent it, but it is not in ${displayUrl}`, {
  hint: 'Does the worker use the same configuration of the remote? Push again, with workers that do or without any.',
});

async function* filesOf(objects: AsyncIterable<StoredObject>, trees: StoredObject[]): AsyncGenerator<StoredObject> {
  for await (const object of objects) {
    if (isTreeOid(object.oid)) trees.push(object);
    else yield object;
  }
}

async function* andThen<T>(first: T, rest: AsyncIterator<T>): AsyncGenerator<T> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

// oxlint-disable-next-line typescript/require-await -- what is written is taken as it comes
async function* eachOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

import type { StoredObject } from '../odb/object-db.ts';

/** How large a job may become. */
export interface JobSize { readonly objects: number; readonly bytes: number }

/** A second or so of work: less would be spent on the queue, more would be lost with a worker. */
export const JOB_SIZE: JobSize = { objects: 256, bytes: 64 << 20 };

/** Cuts objects into jobs in their order. One that is as large as a job has a job of its own; one of unknown size counts as none. */
export async function* cutJobs(objects: AsyncIterable<StoredObject>, size: JobSize = JOB_SIZE): AsyncGenerator<readonly StoredObject[]> {
  let job: StoredObject[] = [];
  let bytes = 0;
  for await (const object of objects) {
    const own = object.source.size ?? 0;
    if (own >= size.bytes) {
      yield [object];
      continue;
    }
    if (job.length === size.objects || bytes + own > size.bytes) {
      yield job;
      [job, bytes] = [[], 0];
    }
    job.push(object);
    bytes += own;
  }
  if (job.length > 0) yield job;
}

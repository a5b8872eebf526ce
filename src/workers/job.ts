import { TowlineError } from '../errors.ts';
import { type HashName, isOid, isTreeOid, type Oid } from '../odb/hash-info.ts';

/** What one job asks for: the files of these objects. Neither a path nor a remote stands in it: the queue tells the remote (docs/formats/workers.md). */
export interface Job {
  readonly hashName: HashName;
  readonly oids: readonly Oid[];
}

/** What came of a job. What it names nowhere was not done. */
export interface JobOutcome {
  readonly done: readonly Oid[];
  /** Not in the cache of the worker. */
  readonly lacking: readonly Oid[];
  readonly failed: readonly { readonly oid: Oid; readonly reason: string }[];
}

export const JOB_VERSION = 1;
/** Far above what is ever put into one. */
const MOST_OIDS = 65_536;
const LONGEST_REASON = 1000;

export function serializeJob({ hashName, oids }: Job): unknown {
  return { version: JOB_VERSION, hash: hashName, oids };
}

/** Reads what somebody has put into the queue. Throws CORRUPT: whoever can write to the queue must not make a worker touch anything but objects. */
export function parseJob(data: unknown): Job {
  const { version, hash, oids } = recordOf(data, 'a job');
  if (version !== JOB_VERSION) throw new TowlineError('UNSUPPORTED', `a job of version ${JSON.stringify(version)}, where this program knows version ${JOB_VERSION}`, { hint: 'Use the same version of tow for pushes and workers.' });
  if (hash !== 'md5' && hash !== 'md5-dos2unix') throw corrupt(`a job names the hash ${JSON.stringify(hash)}`);
  const wanted = oidsOf(oids, 'a job');
  const tree = wanted.find(isTreeOid);
  // A listing may follow only its files, which no job can know of.
  if (tree !== undefined) throw corrupt(`a job names the listing '${tree}'`);
  return { hashName: hash, oids: wanted };
}

/** Reads what a worker says it did with `job`. Throws CORRUPT; what the job did not ask for is passed over. */
export function parseOutcome(value: unknown, job: Job): JobOutcome {
  const { done, lacking, failed } = recordOf(value, 'an outcome');
  const asked = new Set(job.oids);
  const among = (oid: Oid): boolean => asked.has(oid);
  if (!Array.isArray(failed) || failed.length > MOST_OIDS) throw corrupt('an outcome does not say what failed');
  return {
    done: oidsOf(done, 'an outcome').filter(among),
    lacking: oidsOf(lacking, 'an outcome').filter(among),
    failed: failed.map((one) => {
      const { oid, reason } = recordOf(one, 'a failure');
      if (typeof oid !== 'string' || !isOid(oid) || typeof reason !== 'string') throw corrupt('a failure does not say what failed and why');
      return { oid, reason: reason.slice(0, LONGEST_REASON) };
    }).filter(({ oid }) => among(oid)),
  };
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw corrupt(`${what} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

function oidsOf(value: unknown, what: string): readonly Oid[] {
  if (!Array.isArray(value) || value.length > MOST_OIDS) throw corrupt(`${what} has no list of objects`);
  return value.map((oid: unknown) => {
    if (typeof oid !== 'string' || !isOid(oid)) throw corrupt(`${what} names ${JSON.stringify(oid)?.slice(0, 80)}, which is no object`);
    return oid;
  });
}

const corrupt = (text: string): TowlineError => new TowlineError('CORRUPT', `the queue is not to be trusted: ${text}`);

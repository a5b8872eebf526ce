import { randomBytes } from 'node:crypto';
import { crc32cOf, type Described, type GcsBucket, GcsRefusal, insertObject, md5Of, requireGenerationMatch, type StoredObject } from './gcs-objects.ts';

/** Bytes arrive in multiples of this until the last. */
const UNIT = 256 * 1024;

/** One resumable upload. */
interface Session {
  readonly bucket: GcsBucket;
  readonly described: Described;
  readonly ifGenerationMatch: string | null;
  held: Buffer[];
  size: number;
  done?: StoredObject;
  isEnded?: boolean;
}
export interface Sent {
  readonly range: string | undefined;
  readonly bytes: Buffer;
  /** The connection broke in the middle of them. */
  readonly isCut: boolean;
  readonly hashes: string | undefined;
}
export type Standing = { readonly kind: 'done'; readonly object: StoredObject; readonly bucket: GcsBucket } | { readonly kind: 'open'; readonly range: string | undefined } | { readonly kind: 'ended' };

/** Resumable uploads, as Google takes them: in turn, in units, overlapping bytes ignored, what a broken connection brought kept in whole units. */
export interface Uploads {
  start(bucket: GcsBucket, described: Described, ifGenerationMatch: string | null): string;
  send(id: string, sent: Sent): Standing;
  end(id: string): void;
  /** How many are open. */
  open(): number;
}

export function createUploads(): Uploads {
  const sessions = new Map<string, Session>();
  const find = (id: string): Session => {
    const session = sessions.get(id);
    if (!session) throw new GcsRefusal(404, 'notFound', 'No such upload.');
    return session;
  };
  return {
    start(bucket, described, ifGenerationMatch) {
      requireGenerationMatch(bucket, described.name, ifGenerationMatch);
      const id = randomBytes(12).toString('hex');
      sessions.set(id, { bucket, described, ifGenerationMatch, held: [], size: 0 });
      return id;
    },
    send: (id, sent) => receive(find(id), sent),
    end(id) { find(id).isEnded = true; },
    open: () => [...sessions.values()].filter(({ done, isEnded }) => !done && !isEnded).length,
  };
}

function receive(session: Session, { range, bytes, isCut, hashes }: Sent): Standing {
  if (session.isEnded) return { kind: 'ended' };
  if (session.done) return { kind: 'done', object: session.done, bucket: session.bucket };
  const { start, total } = readRange(range, bytes.byteLength, isCut);
  if (start !== undefined) {
    if (start > session.size) throw new GcsRefusal(503, 'backendError', `Invalid request. There were ${session.size} byte(s) held, and the request began at ${start}.`);
    const fresh = bytes.subarray(session.size - start);
    const isLast = total !== undefined && !isCut && session.size + fresh.byteLength === total;
    const taken = isLast ? fresh : fresh.subarray(0, fresh.byteLength - ((session.size + fresh.byteLength) % UNIT));
    session.held.push(Buffer.from(taken));
    session.size += taken.byteLength;
  }
  if (!isCut && total !== undefined && session.size === total) return finish(session, hashes);
  return { kind: 'open', range: session.size === 0 ? undefined : `bytes=0-${session.size - 1}` };
}

function finish(session: Session, hashes: string | undefined): Standing {
  const bytes = Buffer.concat(session.held, session.size);
  for (const pair of hashes?.split(',') ?? []) {
    const found = pair.trim().startsWith('md5=') ? `md5=${md5Of(bytes)}` : `crc32c=${crc32cOf(bytes)}`;
    if (pair.trim() !== found) throw new GcsRefusal(400, 'invalid', `Provided hash ${pair} doesn't match ${found}.`);
  }
  session.done = insertObject(session.bucket, session.described, { bytes, ifGenerationMatch: session.ifGenerationMatch });
  session.held = [];
  return { kind: 'done', object: session.done, bucket: session.bucket };
}

function readRange(range: string | undefined, length: number, isCut: boolean): { readonly start: number | undefined; readonly total: number | undefined } {
  // Without the header the request brings everything.
  if (range === undefined) return { start: 0, total: length };
  const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(range);
  if (!match) throw new GcsRefusal(400, 'badRequest', `Failed to parse Content-Range header: ${range}`);
  const [, start, end, total] = match;
  if (start !== undefined && !isCut && Number(end) - Number(start) + 1 !== length) throw new GcsRefusal(400, 'badRequest', 'Content-Range and Content-Length differ.');
  if (start !== undefined && total === '*' && (Number(end) + 1) % UNIT !== 0) throw new GcsRefusal(400, 'badRequest', 'A chunk that is not the last must be a multiple of 262144 bytes.');
  return { start: start === undefined ? undefined : Number(start), total: total === '*' ? undefined : Number(total) };
}

import { TowlineError } from '../../errors.ts';

/** Bytes of an upload's own name. */
const NAME_BYTES = 8;
/** What Microsoft's own programs use for all but one; see `idLength`. */
const USUAL_LENGTH = 48;
const NUMBER_DIGITS = 6;
const SHORTEST = NAME_BYTES * 2 + 1 + NUMBER_DIGITS;

/**
 * A name for one upload, filled up to the `length` of its blocks' ids: its blocks are told from those of others by it, since the service keeps
 * them by the blob alone.
 */
export const newUploadId = (randomBytes: (count: number) => Uint8Array, length: number): string => Buffer.from(randomBytes(NAME_BYTES)).toString('hex').padEnd(length, '.');

/** The id of a block: 'name-000001' filled up like the name of its upload, in base64. */
export const blockId = (uploadId: string, number: number): string =>
  Buffer.from(`${nameOf(uploadId)}-${String(number).padStart(NUMBER_DIGITS, '0')}`.padEnd(uploadId.length, '.')).toString('base64');

/** The number of a block of this upload; undefined for that of another. */
export function numberOf(id: string, uploadId: string): number | undefined {
  const [, found, digits] = /^([0-9a-f]{16})-(\d{6})\.*$/.exec(Buffer.from(id, 'base64').toString('latin1')) ?? [];
  return found === nameOf(uploadId) ? Number(digits) : undefined;
}

const nameOf = (uploadId: string): string => uploadId.slice(0, NAME_BYTES * 2);

/**
 * How long ids must be. The service wants all blocks under one name to have ids of one length, also those that an upload of another program has
 * left there (the Python SDK, so DVC, makes 46 bytes, the others 48): ours then take their length, or the name could not be written in parts
 * for the week it keeps them.
 */
export function idLength(present: readonly string[], where: string): number {
  const [first] = present;
  const length = first === undefined ? USUAL_LENGTH : Buffer.from(first, 'base64').byteLength;
  if (length >= SHORTEST) return length;
  throw new TowlineError('UNSUPPORTED', `${where}: another program has left parts of an upload under short names, beside which no others can be put`, { hint: 'They go by themselves within a week, or when a small object is written under this name.' });
}

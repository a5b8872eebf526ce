import { TowlineError } from '../../errors.ts';

/** What stands before an encrypted state. docs/formats/pods-encrypted.md. */
export interface Header {
  /** Of scrypt. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  /** Of this state alone. */
  readonly nonce: Buffer;
  readonly keyId: Buffer;
  /** So many bytes of the state are one chunk, as a power of two. */
  readonly logChunk: number;
}

const MAGIC = Buffer.from('TOWPENC1', 'latin1');
export const FORMAT_BYTES = 52;
/** What a stranger may make us spend: a gigabyte of memory. */
const MOST_COST = 2 ** 20;

export function serializeHeader({ logN, r, p, salt, nonce, keyId, logChunk }: Header): Buffer {
  return Buffer.concat([MAGIC, Buffer.from([logN, r, p, logChunk]), salt, nonce, keyId]);
}

/** Undefined for what is no encrypted state. Throws UNSUPPORTED for another version, CORRUPT for what nobody would write. */
export function parseHeader(bytes: Buffer, where: string): Header | undefined {
  if (bytes.length < FORMAT_BYTES || !bytes.subarray(0, 7).equals(MAGIC.subarray(0, 7))) return undefined;
  if (bytes[7] !== MAGIC[7]) throw new TowlineError('UNSUPPORTED', `${where} is encrypted in a later form`, { hint: 'Use a newer version of Towline.' });
  const [logN = 0, r = 0, p = 0, logChunk = 0] = bytes.subarray(8, 12);
  if (logN < 10 || logN > 24 || r < 1 || p < 1 || p > 16 || 2 ** logN * r > MOST_COST * 8 || logChunk < 12 || logChunk > 24) {
    throw new TowlineError('CORRUPT', `${where} asks for more than any state needs to be decrypted`, { hint: 'Its first bytes are damaged, or somebody else wrote it.' });
  }
  return { logN, r, p, logChunk, salt: bytes.subarray(12, 28), nonce: bytes.subarray(28, 44), keyId: bytes.subarray(44, 52) };
}

import { createHash, hash } from 'node:crypto';
import { createHasher, hashBytes, type Hasher } from '../disk/hasher.ts';
import { createStreamHasher, type StreamHasher } from '../disk/stream-hasher.ts';
import { TowlineError } from '../errors.ts';
import type { Source } from './source.ts';

/** The digest bytes must have, in lower-case hex. */
export interface Expected {
  readonly name: 'md5' | 'md5-dos2unix' | 'sha256';
  readonly value: string;
}

/** A hasher for what is expected; 'md5-dos2unix' is DVC 2's md5 of text with CRLF made LF. */
export function createDigest(name: Expected['name']): Hasher {
  if (name !== 'sha256') return createHasher(name);
  const sha256 = createHash(name);
  return { update: (bytes) => void sha256.update(bytes), digest: () => sha256.digest('hex') };
}

/** The same for a message that is long, and hashed beside others where it can be. Whoever has no use for the digest any more has to `leave`. */
export function createLongDigest(name: Expected['name']): StreamHasher {
  return name === 'md5' ? createStreamHasher() : { ...createDigest(name), room: () => undefined, end: () => undefined, leave: () => undefined };
}

/**
 * The same source, hashed while its bytes pass: throws CORRUPT before the last chunk is given, so nobody can complete a wrong object.
 * Its `file` origin is dropped, because a link passes no bytes; that of an object stays, because a service copies what it holds.
 */
export function verified(source: Source, expected: Expected): Source {
  const { origin, ...rest } = source;
  const isKept = origin?.kind === 'object' || (origin?.kind === 'memory' && digestOf(origin.bytes, expected.name) === expected.value);
  return {
    ...rest,
    ...(expected.name !== 'md5-dos2unix' && { checksum: { name: expected.name, value: expected.value } }),
    ...(isKept && { origin }),
    open(options) {
      const isWhole = (options?.start ?? 0) === 0 && (options?.end === undefined || (source.size !== undefined && options.end >= source.size));
      return isWhole ? checked(source, expected, source.open(options)) : source.open(options);
    },
  };
}

/** From here on a source is hashed beside others, where there are some. */
export const LARGE = 1024 * 1024;

async function* checked(source: Source, expected: Expected, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (source.size === undefined || source.size < LARGE) {
    yield* hashed(source, { expected, chunks, digest: createDigest(expected.name) });
    return;
  }
  const digest = createLongDigest(expected.name);
  try {
    yield* hashed(source, { expected, chunks, digest, others: digest });
  } finally {
    digest.leave();
  }
}

interface Hashing { readonly expected: Expected; readonly chunks: AsyncIterable<Uint8Array>; readonly digest: Hasher; readonly others?: Pick<StreamHasher, 'room' | 'end'> }

async function* hashed(source: Source, { expected, chunks, digest, others }: Hashing): AsyncGenerator<Uint8Array> {
  let count = 0;
  let isChecked = false;
  const check = (): void => {
    const found = digest.digest();
    if (found !== expected.value) throw corrupt(expected, `they have ${expected.name} ${found}`);
    isChecked = true;
  };
  if (source.size === 0) check();
  for await (const chunk of chunks) {
    if (chunk.byteLength === 0) continue;
    count += chunk.byteLength;
    if (source.size !== undefined && count > source.size) throw corrupt(expected, `there are more than ${source.size} of them`);
    digest.update(chunk);
    if (count === source.size) {
      await others?.end();
      check();
    }
    yield chunk;
    if (!isChecked) await others?.room();
  }
  if (source.size !== undefined && count < source.size) throw corrupt(expected, `there are ${count} of ${source.size} of them`);
  // Of unknown size no chunk is known to be the last, so the end itself is withheld.
  if (!isChecked) check();
}

/** The error of bytes that are not what they should be. */
export function corrupt(expected: Expected, found: string): TowlineError {
  return new TowlineError('CORRUPT', `the bytes should have ${expected.name} ${expected.value}, but ${found}`, {
    hint: 'The object is damaged where it was read from: restore it there, or fetch it from another remote.',
    context: { expected: expected.value },
  });
}

/** Throws CORRUPT unless `bytes` have the digest. */
export function requireDigest(bytes: Uint8Array, expected: Expected): void {
  if (!hasDigest(bytes, expected)) throw corrupt(expected, `they have ${expected.name} ${digestOf(bytes, expected.name)}`);
}

export function hasDigest(bytes: Uint8Array, expected: Expected): boolean {
  return digestOf(bytes, expected.name) === expected.value;
}

function digestOf(bytes: Uint8Array, name: Expected['name']): string {
  return name === 'sha256' ? hash(name, bytes, 'hex') : hashBytes(name, bytes);
}

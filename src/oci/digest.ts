import { createHash, hash } from 'node:crypto';
import { TowlineError } from '../errors.ts';
import type { Descriptor } from '../storage/artifacts.ts';

export type Digest = Descriptor['digest'];
export type Algorithm = 'sha256' | 'sha512';

const FORM = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const HEX: Readonly<Record<string, RegExp>> = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ };

/** True for text of the grammar of the image spec, whatever its algorithm. */
export const isDigest = (text: string): text is Digest => FORM.test(text);

/** The two halves of a digest whose algorithm can be checked here. INVALID_ARGUMENT for what is none, UNSUPPORTED for another algorithm. */
export function parseDigest(text: string): { readonly algorithm: Algorithm; readonly hex: string } {
  const at = text.indexOf(':');
  const [algorithm, hex] = [text.slice(0, at), text.slice(at + 1)];
  if (!isDigest(text)) throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(text.slice(0, 200))} is not a digest`, { hint: 'A digest looks like sha256:0123... with 64 hexadecimal digits.' });
  if (algorithm !== 'sha256' && algorithm !== 'sha512') throw new TowlineError('UNSUPPORTED', `digests of ${algorithm} cannot be checked`, { hint: 'Only sha256 and sha512 are.' });
  if (!HEX[algorithm]?.test(hex)) throw new TowlineError('INVALID_ARGUMENT', `'${text}' is not a digest of ${algorithm}`);
  return { algorithm, hex };
}

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = 'sha256'): Digest {
  return `${algorithm}:${hash(algorithm, bytes, 'hex')}`;
}

/** The algorithm of a descriptor that can be worked with; throws INVALID_ARGUMENT for a size or digest that is none. */
export function algorithmOf({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Algorithm {
  if (!Number.isSafeInteger(size) || size < 0) throw new TowlineError('INVALID_ARGUMENT', `${String(size)} is not the size of anything`, { context: { digest } });
  return parseDigest(digest).algorithm;
}

/** Throws CORRUPT unless `bytes` are what `target` names. */
export function requireContent(bytes: Uint8Array, target: Pick<Descriptor, 'digest' | 'size'>, where: string): void {
  if (bytes.byteLength !== target.size) throw corrupt(target, where, `there are ${bytes.byteLength} bytes instead of ${target.size}`);
  const found = digestOf(bytes, algorithmOf(target));
  if (found !== target.digest) throw corrupt(target, where, `they are ${found}`);
}

/** Compares what passes with the digest it must have. */
export interface Verifier {
  /** Takes a chunk; throws CORRUPT when it goes beyond the end, or completes what is not `target`. */
  update(chunk: Uint8Array): void;
  /** Throws CORRUPT when bytes are missing. */
  end(): void;
  /** The same state once more, for a part that may be sent again. */
  copy(): Verifier;
}

export function createVerifier(target: Pick<Descriptor, 'digest' | 'size'>, where: string): Verifier {
  return verifierFrom({ target, where, sum: createHash(algorithmOf(target)), count: 0 });
}

interface State { readonly target: Pick<Descriptor, 'digest' | 'size'>; readonly where: string; readonly sum: ReturnType<typeof createHash>; readonly count: number }

function verifierFrom({ target, where, sum, count: from }: State): Verifier {
  let count = from;
  const check = (): void => {
    const found = `${parseDigest(target.digest).algorithm}:${sum.copy().digest('hex')}`;
    if (found !== target.digest) throw corrupt(target, where, `they are ${found}`);
  };
  return {
    update(chunk) {
      count += chunk.byteLength;
      if (count > target.size) throw corrupt(target, where, `there are more than ${target.size} bytes`);
      sum.update(chunk);
      if (count === target.size && chunk.byteLength > 0) check();
    },
    end() {
      if (count < target.size) throw corrupt(target, where, `there are ${count} bytes instead of ${target.size}`);
      if (target.size === 0) check();
    },
    copy: () => verifierFrom({ target, where, sum: sum.copy(), count }),
  };
}

/** Passes chunks on and throws CORRUPT before the last of them where they are not what `target` names: nobody can take them for whole. */
export async function* verifiedChunks(chunks: AsyncIterable<Uint8Array>, target: Pick<Descriptor, 'digest' | 'size'>, where: string): AsyncGenerator<Uint8Array> {
  const verifier = createVerifier(target, where);
  for await (const chunk of chunks) {
    if (chunk.byteLength === 0) continue;
    verifier.update(chunk);
    yield chunk;
  }
  verifier.end();
}

function corrupt({ digest }: Pick<Descriptor, 'digest'>, where: string, found: string): TowlineError {
  return new TowlineError('CORRUPT', `${where}: the bytes should be ${digest}, but ${found}`, {
    hint: 'What they were read from is damaged, or something on the way changes them: fetch them from elsewhere, or store them anew.', context: { digest },
  });
}

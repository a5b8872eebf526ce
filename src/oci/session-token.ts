import { TowlineError } from '../errors.ts';
import type { Digest } from './digest.ts';
import type { Session } from './session.ts';

/** Which upload a token is of. */
export interface TokenOwner {
  /** The repository's URL, as shown. */
  readonly repository: string;
  readonly digest: Digest;
}

export function writeSessionToken({ repository, digest }: TokenOwner, { location, offset, leastChunk }: Session): string {
  return Buffer.from(JSON.stringify([1, repository, digest, location.href, offset, leastChunk])).toString('base64url');
}

/** Undefined for the token of another blob or repository; INVALID_ARGUMENT for what is no token. Its location was the registry's own word. */
export function readSessionToken(token: string, owner: TokenOwner): Session | undefined {
  try {
    const [version, repository, digest, location, offset, leastChunk] = JSON.parse(Buffer.from(token, 'base64url').toString()) as readonly unknown[];
    if (version === 1 && typeof location === 'string' && URL.canParse(location) && Number.isSafeInteger(offset) && Number.isSafeInteger(leastChunk)) {
      return repository === owner.repository && digest === owner.digest ? { location: new URL(location), offset: offset as number, leastChunk: leastChunk as number } : undefined;
    }
  } catch {
    throw damaged();
  }
  throw damaged();
}

const damaged = (): TowlineError => new TowlineError('INVALID_ARGUMENT', 'the token of an upload is damaged', { hint: 'Push without it.' });

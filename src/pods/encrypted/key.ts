import { createHmac, hkdfSync, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { TowlineError } from '../../errors.ts';
import { type Header, serializeHeader } from './header.ts';

/** What a secret has become for one pod: its id says which secret it was, and nothing else about it. */
export interface PodKey extends Pick<Header, 'logN' | 'r' | 'p' | 'salt' | 'keyId'> { readonly master: Buffer }

/** 64 MiB and some tenths of a second for each guess. */
export const COSTS = { logN: 16, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const derive = promisify<string, Uint8Array, number, { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number }, Buffer>(scrypt);

/** The key of a secret and a salt. It costs time and memory on purpose. */
export async function deriveKey(secret: string, { logN, r, p, salt }: Pick<Header, 'logN' | 'r' | 'p' | 'salt'>): Promise<PodKey> {
  const N = 2 ** logN;
  const master = await derive(secret.normalize('NFC'), salt, KEY_BYTES, { N, r, p, maxmem: 128 * N * r * 2 });
  return { logN, r, p, salt, master, keyId: createHmac('sha256', master).update('towline pod key id').digest().subarray(0, 8) };
}

/** The key that a header was written with. Throws UNAUTHENTICATED for another secret. */
export async function keyFor(secret: string, header: Header, where: string): Promise<PodKey> {
  const key = await deriveKey(secret, header);
  if (timingSafeEqual(key.keyId, header.keyId)) return key;
  throw new TowlineError('UNAUTHENTICATED', `${where} is encrypted with another secret (key ${header.keyId.toString('hex')}, and this one is ${key.keyId.toString('hex')})`, { hint: 'Give the secret it was saved with.' });
}

/** The key of one state: no two states ever share one. */
export const stateKey = ({ master }: PodKey, nonce: Uint8Array): Buffer => Buffer.from(hkdfSync('sha256', master, nonce, 'towline pod 1', KEY_BYTES));

export const headerOf = ({ logN, r, p, salt, keyId }: PodKey, nonce: Buffer): Buffer => serializeHeader({ logN, r, p, salt, keyId, nonce, logChunk: 16 });

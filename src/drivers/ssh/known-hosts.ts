import { createHmac } from 'node:crypto';
import { matchesPatterns } from './patterns.ts';

/** One line of a known_hosts file. */
export interface KnownHost {
  readonly marker: 'cert-authority' | 'revoked' | undefined;
  /** As written: names and patterns with ',' between them, or one hashed name. */
  readonly names: string;
  readonly keyType: string;
  readonly key: Buffer;
  readonly file: string;
  readonly line: number;
}

/** Reads a known_hosts file. Lines that cannot be read are passed over, as OpenSSH does: they can only make a host unknown. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split('\n').flatMap((line, index) => parseKnownHost(line, { file, line: index + 1 }));
}

function parseKnownHost(text: string, place: Pick<KnownHost, 'file' | 'line'>): readonly KnownHost[] {
  const words = text.trim().split(/[ \t]+/);
  if (text.trim() === '' || words[0]?.startsWith('#')) return [];
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  if (marker !== undefined && marker !== '@cert-authority' && marker !== '@revoked') return [];
  const [names, keyType, encoded] = words;
  if (names === undefined || keyType === undefined || encoded === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return [];
  const key = Buffer.from(encoded, 'base64');
  if (typeOfKey(key) !== keyType) return [];
  return [{ marker: marker === undefined ? undefined : marker === '@revoked' ? 'revoked' : 'cert-authority', names, keyType, key, ...place }];
}

/** The line a known_hosts file holds for a key. */
export function serializeKnownHost({ marker, names, keyType, key }: Pick<KnownHost, 'marker' | 'names' | 'keyType' | 'key'>): string {
  return `${marker === undefined ? '' : `@${marker} `}${names} ${keyType} ${key.toString('base64')}`;
}

/** Whether a line speaks of `host`, which is in the form known_hosts keeps: '[host]:port' unless the port is 22. */
export function namesHost(names: string, host: string): boolean {
  if (names.startsWith('|')) return matchesHash(names, host);
  return matchesPatterns(names.toLowerCase().split(','), host.toLowerCase());
}

function matchesHash(names: string, host: string): boolean {
  const [, salt, hash] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(names) ?? [];
  if (salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(host.toLowerCase()).digest().equals(Buffer.from(hash, 'base64'));
}

/** How known_hosts spells a host. */
export function knownName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** The type a public key names itself, or undefined when these bytes are no key. */
export function typeOfKey(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length > 0 && length <= 64 && key.length > 4 + length ? key.toString('latin1', 4, 4 + length) : undefined;
}

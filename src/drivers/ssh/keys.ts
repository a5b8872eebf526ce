import type { ParsedKey } from 'ssh2';
import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import type { LocalFiles } from './local-files.ts';
import type { Ssh2 } from './ssh2.ts';

/** What signing with a key file may need of the person. */
export interface Unlocking {
  readonly passphrase: string | undefined;
  readonly ask: Runtime['ask'] | undefined;
  /** Passphrases that worked, by file, so that a second connection does not ask again. */
  readonly answers: Map<string, string>;
}
/** One key to log in with. */
export interface Identity {
  readonly publicKey: ParsedKey;
  /** For the list of what was tried. */
  readonly label: string;
  /** Absent for a file that holds only the public half: it picks a key of the agent. */
  readonly sign?: (data: Buffer, hash: string | undefined) => Promise<Buffer>;
}
/** A key file that cannot be used, and why. */
export interface Unusable { readonly label: string; readonly why: string }

/** Reads a private key. An encrypted one is opened only when the server has said that it would take it. */
export async function readKeyFile(path: string, { ssh2, files, unlocking }: { readonly ssh2: Ssh2; readonly files: LocalFiles; readonly unlocking: Unlocking }): Promise<Identity | Unusable | undefined> {
  const text = files.readText(path);
  if (text === undefined) return undefined;
  const label = `key ${path}`;
  if (!isEncrypted(text)) {
    const key = parse(ssh2, text);
    if (key instanceof Error) return { label, why: `it is in no form ssh2 reads (${key.message}); 'transport = openssh' may` };
    return key.isPrivateKey() ? { label, publicKey: key, sign: async (data, hash) => signWith(key, data, hash) } : { label, publicKey: key };
  }
  const open = async (): Promise<ParsedKey> => await unlock(ssh2, text, { path, ...unlocking });
  const publicKey = parse(ssh2, publicHalf(text) ?? files.readText(`${path}.pub`) ?? '');
  if (!(publicKey instanceof Error)) return { label, publicKey, sign: async (data, hash) => signWith(await open(), data, hash) };
  try {
    const key = await open();
    return { label, publicKey: key, sign: async (data, hash) => signWith(key, data, hash) };
  } catch (error) {
    if (error instanceof TowlineError && error.code === 'UNAUTHENTICATED') return { label, why: error.message };
    throw error;
  }
}

const TRIES = 3;

async function unlock(ssh2: Ssh2, text: string, { path, passphrase, ask, answers }: Unlocking & { readonly path: string }): Promise<ParsedKey> {
  for (const known of [answers.get(path), passphrase]) {
    const key = known === undefined ? undefined : parse(ssh2, text, known);
    if (key && !(key instanceof Error)) return key;
  }
  for (let tries = ask ? TRIES : 0; ask && tries > 0; tries -= 1) {
    const answer = await ask({ text: `Enter passphrase for key '${path}': `, secret: true });
    const key = parse(ssh2, text, answer);
    if (key instanceof Error) continue;
    answers.set(path, answer);
    return key;
  }
  const why = ask || passphrase !== undefined ? 'the passphrase is wrong' : 'it is encrypted and there is nobody to ask for its passphrase';
  throw new TowlineError('UNAUTHENTICATED', why, { hint: `Set 'passphrase', or add the key to an agent with 'ssh-add ${path}'.` });
}

function parse(ssh2: Ssh2, text: string, passphrase?: string): ParsedKey | Error {
  try {
    const key = ssh2.utils.parseKey(text, passphrase);
    return Array.isArray(key) ? (key[0] ?? new Error('it is empty')) : key;
  } catch (error) {
    // Some damaged keys make it throw although it promises to return the error.
    return error instanceof Error ? error : new Error(String(error));
  }
}

function signWith(key: ParsedKey, data: Buffer, hash: string | undefined): Buffer {
  const signature: unknown = key.sign(data, hash);
  if (Buffer.isBuffer(signature)) return signature;
  throw new TowlineError('UNAUTHENTICATED', 'the key cannot sign', { cause: signature });
}

const OPENSSH_MAGIC = 'openssh-key-v1\0';

function opensshBody(text: string): Buffer | undefined {
  const encoded = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  const body = encoded === undefined ? undefined : Buffer.from(encoded.replace(/\s+/g, ''), 'base64');
  return body?.toString('latin1', 0, OPENSSH_MAGIC.length) === OPENSSH_MAGIC ? body : undefined;
}

/** Whether a passphrase is needed to read the private half. */
export function isEncrypted(text: string): boolean {
  const body = opensshBody(text);
  if (body === undefined) return /^Proc-Type: 4,ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY|^Encryption: aes/m.test(text);
  return fieldsOf(body)?.cipher !== 'none';
}

/** OpenSSH's own format keeps the public half readable beside the encrypted private one. */
export function publicHalf(text: string): string | undefined {
  const key = fieldsOf(opensshBody(text) ?? Buffer.alloc(0))?.publicKey;
  if (key === undefined || key.length < 8) return undefined;
  const type = key.toString('latin1', 4, 4 + Math.min(key.readUInt32BE(0), key.length - 4));
  return `${type} ${key.toString('base64')}`;
}

function fieldsOf(body: Buffer): { readonly cipher: string; readonly publicKey: Buffer } | undefined {
  const fields: Buffer[] = [];
  let at = OPENSSH_MAGIC.length;
  // cipher, key derivation, its options, then the number of keys and the first public key.
  for (const skip of [0, 0, 0, 4]) {
    at += skip;
    if (at + 4 > body.length) return undefined;
    const length = body.readUInt32BE(at);
    if (at + 4 + length > body.length) return undefined;
    fields.push(body.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const [cipher, , , publicKey] = fields;
  return cipher && publicKey ? { cipher: cipher.toString('latin1'), publicKey } : undefined;
}

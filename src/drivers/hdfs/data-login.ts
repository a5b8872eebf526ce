import { createHash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { token as tokenMessage } from './messages.ts';
import { delimited } from './protobuf.ts';
import { encryptorMessage } from './transfer-messages.ts';
import { readDelimited, type Wire } from './wire.ts';

/** What a data node is shown: the token of the block that is asked for. */
export interface DataLogin extends Pick<Runtime, 'randomBytes'> { readonly token: Uint8Array; readonly patienceMs: number }

/** Says that a login comes before the operation. */
const MAGIC = 0xdeadbeef;
/** Service and host are the same for all data nodes. */
const DIGEST_URI = 'hdfs/0';

/**
 * Logs in to a data node of a cluster whose `dfs.data.transfer.protection` asks for it (SASL DIGEST-MD5, RFC 2831): both sides prove that they know the
 * password of the block's token, without sending it.
 */
export async function logInToDataNode(wire: Wire, { token, patienceMs, randomBytes }: DataLogin): Promise<void> {
  const { identifier, password } = tokenMessage.decode(token);
  const magic = Buffer.alloc(4);
  magic.writeUInt32BE(MAGIC);
  wire.write(magic, delimited(encryptorMessage.encode({ status: 0, payload: Buffer.alloc(0) })));
  const challenge = parseDigest(await receive(wire, patienceMs));
  if (!(challenge.get('qop') ?? 'auth').split(',').map((word) => word.trim()).includes('auth')) {
    throw new TowlineError('UNSUPPORTED', `data node ${wire.name} wants what it sends signed or encrypted (dfs.data.transfer.protection), which this client cannot`, { hint: 'Use webhdfs:// with use_https.' });
  }
  const proof = proofOf(challenge, { user: base64(identifier), password: base64(password), cnonce: Buffer.from(randomBytes(18)).toString('base64') });
  wire.write(delimited(encryptorMessage.encode({ status: 0, payload: Buffer.from(proof.response) })));
  if (parseDigest(await receive(wire, patienceMs)).get('rspauth') !== proof.expected) {
    throw new TowlineError('UNAUTHENTICATED', `data node ${wire.name} did not prove that it belongs to the cluster`, { hint: 'Somebody may stand between you and it.' });
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

async function receive(wire: Wire, patienceMs: number): Promise<string> {
  const { status, payload, message } = encryptorMessage.decode(Buffer.from(await readDelimited(wire, patienceMs)));
  // Another data node, or the same with a fresh token, may let us in.
  if (status !== 0) throw new TowlineError('UNAVAILABLE', `data node ${wire.name} refused the login: ${message ?? `status ${status}`}`, { retryable: true });
  return Buffer.from(payload ?? []).toString('utf8');
}

function parseDigest(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]*))/g)].map(([, name = '', quoted, plain = '']) => [name, quoted?.replaceAll(/\\(.)/g, '$1') ?? plain]));
}

interface Secrets { readonly user: string; readonly password: string; readonly cnonce: string }

/** Our proof, and the one that is expected of the other side. */
export function proofOf(challenge: ReadonlyMap<string, string>, { user, password, cnonce }: Secrets): { readonly response: string; readonly expected: string } {
  const [realm, nonce] = [challenge.get('realm') ?? '', challenge.get('nonce') ?? ''];
  const md5 = (...parts: readonly (string | Uint8Array)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest();
  const secret = md5(md5(`${user}:${realm}:${password}`), `:${nonce}:${cnonce}`).toString('hex');
  const proof = (action: string): string => md5(`${secret}:${nonce}:00000001:${cnonce}:auth:${md5(`${action}:${DIGEST_URI}`).toString('hex')}`).toString('hex');
  const quoted = (name: string, value: string): string => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`;
  const response = [
    'charset=utf-8', quoted('username', user), quoted('realm', realm), quoted('nonce', nonce), 'nc=00000001', quoted('cnonce', cnonce), quoted('digest-uri', DIGEST_URI), 'maxbuf=65536',
    `response=${proof('AUTHENTICATE')}`, 'qop=auth',
  ].join(',');
  return { response, expected: proof('') };
}

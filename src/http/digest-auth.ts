import { createHash } from 'node:crypto';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

/** Who asks, and chance for the client's nonce. */
export interface DigestSettings {
  readonly user: string;
  readonly password: string;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Credentials answer challenges of this origin only. */
  readonly origin: string;
}
interface Session {
  readonly algorithm: Algorithm;
  readonly realm: string;
  nonce: string;
  readonly opaque: string | undefined;
  /** Whether the server asked for protection against replay (qop=auth). */
  readonly hasQop: boolean;
  readonly hidesUser: boolean;
  count: number;
}
interface Algorithm {
  readonly name: string;
  readonly hash: 'md5' | 'sha256' | 'sha512-256';
  readonly isSession: boolean;
}

/** Strongest first: a server lists what it takes, and RFC 7616 section 3.7 lets the client choose. */
const ALGORITHMS: readonly Algorithm[] = [
  { name: 'SHA-512-256', hash: 'sha512-256', isSession: false },
  { name: 'SHA-512-256-sess', hash: 'sha512-256', isSession: true },
  { name: 'SHA-256', hash: 'sha256', isSession: false },
  { name: 'SHA-256-sess', hash: 'sha256', isSession: true },
  { name: 'MD5', hash: 'md5', isSession: false },
  { name: 'MD5-sess', hash: 'md5', isSession: true },
];

/**
 * Digest authentication (RFC 7616, qop=auth). The first request learns the server's nonce by a 401; later ones carry
 * their proof at once, until the server calls the nonce stale or names the next one.
 */
export function withDigest(transport: Transport, settings: DigestSettings): Transport {
  let session: Session | undefined;
  const attempt = async (request: HttpRequest, used: Session | undefined): Promise<HttpResponse> => {
    const proof = used && authorization(used, request, settings);
    const response = await transport.send(proof === undefined ? request : { ...request, headers: [...request.headers, ['authorization', proof]] });
    const next = nextNonce(response);
    if (used && next !== undefined && next !== used.nonce) Object.assign(used, { nonce: next, count: 0 });
    return response;
  };
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    if (request.url.origin !== settings.origin) return transport.send(request);
    const used = session;
    const nonce = used?.nonce;
    const response = await attempt(request, used);
    if (response.status !== 401) return response;
    const offered = bestChallenge(response);
    // The same nonce refused again, and not as stale, means that user or password are wrong.
    const isOld = offered !== undefined && (nonce === undefined || offered.isStale || offered.session.nonce !== nonce);
    if (!offered || !isOld) return response;
    response.cancel();
    session = offered.session;
    return attempt(request, session);
  };
  return { ...transport, send };
}

function bestChallenge(response: HttpResponse): { readonly session: Session; readonly isStale: boolean } | undefined {
  const challenges = parseChallenges(response.header('www-authenticate') ?? '').filter(({ scheme }) => scheme === 'digest');
  for (const algorithm of ALGORITHMS) {
    const challenge = challenges.find(({ parameters }) => (parameters.get('algorithm') ?? 'MD5').toLowerCase() === algorithm.name.toLowerCase());
    const session = challenge && sessionOf(challenge, algorithm);
    if (challenge && session) return { session, isStale: challenge.parameters.get('stale')?.toLowerCase() === 'true' };
  }
  return undefined;
}

function sessionOf({ parameters }: Challenge, algorithm: Algorithm): Session | undefined {
  const qop = parameters.get('qop')?.toLowerCase().split(/\s*,\s*/);
  const nonce = parameters.get('nonce');
  if (nonce === undefined || (qop && !qop.includes('auth'))) return undefined;
  return {
    algorithm, nonce, realm: parameters.get('realm') ?? '', opaque: parameters.get('opaque'), hasQop: qop !== undefined,
    hidesUser: parameters.get('userhash')?.toLowerCase() === 'true', count: 0,
  };
}

function authorization(session: Session, request: HttpRequest, { user, password, randomBytes }: DigestSettings): string {
  const { algorithm, realm, nonce, opaque, hasQop, hidesUser } = session;
  const digest = (text: string): string => createHash(algorithm.hash).update(text).digest('hex');
  session.count += 1;
  const count = session.count.toString(16).padStart(8, '0');
  const cnonce = Buffer.from(randomBytes(16)).toString('hex');
  const uri = `${request.url.pathname}${request.url.search}`;
  const secret = digest(`${user}:${realm}:${password}`);
  const first = algorithm.isSession ? digest(`${secret}:${nonce}:${cnonce}`) : secret;
  const second = digest(`${request.method}:${uri}`);
  const response = digest(hasQop ? `${first}:${nonce}:${count}:${cnonce}:auth:${second}` : `${first}:${nonce}:${second}`);
  const fields = [
    hidesUser ? `username="${digest(`${user}:${realm}`)}"` : userField(user), `realm=${quote(realm)}`, `nonce=${quote(nonce)}`, `uri=${quote(uri)}`,
    `algorithm=${algorithm.name}`, `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(hasQop ? ['qop=auth', `nc=${count}`] : []), ...(hasQop || algorithm.isSession ? [`cnonce="${cnonce}"`] : []), ...(hidesUser ? ['userhash=true'] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** A name that is not ASCII goes in the extended form of RFC 7616 section 3.4. */
function userField(user: string): string {
  return /^[\x20-\x7e]*$/.test(user) ? `username=${quote(user)}` : `username*=UTF-8''${encodeURIComponent(user)}`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function nextNonce(response: HttpResponse): string | undefined {
  const info = response.header('authentication-info');
  return info === undefined ? undefined : parseChallenges(`info ${info}`)[0]?.parameters.get('nextnonce');
}

import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { TowlineError } from '../errors.ts';
import { connectionError } from './connection-error.ts';
import { openTunnel } from './tunnel.ts';

/** Where a connection leads. */
export interface SocketTarget {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** Goes through this proxy by CONNECT. */
  readonly proxy?: URL | undefined;
}
/** Memory of the caller's that a connection is to read into. Node does so unless TLS goes through a tunnel. */
export interface SocketReading {
  /** Called before the first read and after each; its memory is read into next. */
  buffer(): Uint8Array;
  /** Called with what has come, at the start of the memory. */
  callback(count: number, bytes: Buffer): boolean;
}
/** Resolves when the connection can carry a request: TLS and proxy included. */
export type OpenSocket = (target: SocketTarget, reading?: SocketReading) => Promise<Socket>;
export interface SocketSettings {
  readonly secureContext: () => SecureContext;
  readonly verifyTls: boolean;
  readonly connectTimeoutSeconds: number;
}

const lastRead = new WeakMap<Error, number>();
/** Sessions to resume, by host: a full TLS handshake costs about 1 ms of CPU and a round trip more. */
const MAX_SESSIONS = 64;

/** How many bytes had come over the connection this error ended: more than none says it was used before. */
export function bytesReadBefore(error: unknown): number {
  return error instanceof Error ? (lastRead.get(error) ?? 0) : 0;
}

/** Makes the one function that opens connections. */
export function createSockets(settings: SocketSettings): OpenSocket {
  const sessions = new Map<string, Buffer>();
  return async (target, reading) => {
    const where = `${target.protocol}//${target.hostname}:${target.port}`;
    const opening = new AbortController();
    const late = new TowlineError('TIMEOUT', `${where}: no connection within ${settings.connectTimeoutSeconds} s`, {
      retryable: true, hint: "Check host and port, and the firewall or proxy between; 'connect_timeout' of the remote allows more time.",
    });
    const timer = setTimeout(() => opening.abort(late), settings.connectTimeoutSeconds * 1000);
    try {
      return await openSteps(target, { settings, sessions, reading, signal: opening.signal });
    } catch (error) {
      throw connectionError(opening.signal.aborted ? late : error, where);
    } finally {
      clearTimeout(timer);
    }
  };
}

interface Steps {
  readonly settings: SocketSettings;
  readonly sessions: Map<string, Buffer>;
  readonly reading: SocketReading | undefined;
  readonly signal: AbortSignal;
}

async function openSteps(target: SocketTarget, steps: Steps): Promise<Socket> {
  const { proxy } = target;
  if (proxy === undefined) {
    return target.protocol === 'https:' ? openTls(target, steps) : openTcp(target, steps);
  }
  const near = { protocol: proxy.protocol === 'https:' ? 'https:' : 'http:', hostname: bare(proxy.hostname), port: portOf(proxy) } as const;
  const tunnel = await openTunnel(await openSteps(near, { ...steps, reading: undefined }), { target, proxy, signal: steps.signal });
  return target.protocol === 'https:' ? openTls(target, steps, tunnel) : tunnel;
}

function openTcp({ hostname, port }: SocketTarget, { reading, signal }: Steps): Promise<Socket> {
  // 250 ms, Node's own patience with one address, is too short for a far server with IPv6 and IPv4.
  const socket = connectTcp({ host: hostname, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, autoSelectFamilyAttemptTimeout: 1000, ...(reading && { onread: asOnread(reading) }) });
  return ready(socket, 'connect', signal);
}

async function openTls({ hostname, port }: SocketTarget, { settings, sessions, reading, signal }: Steps, tunnel?: Socket): Promise<Socket> {
  const key = `${hostname}:${port}`;
  const session = sessions.get(key);
  const socket = connectTls({
    host: hostname,
    port,
    ...(tunnel ? { socket: tunnel } : { autoSelectFamilyAttemptTimeout: 1000, ...(reading && { onread: asOnread(reading) }) }),
    ...(isIP(hostname) === 0 && { servername: hostname }),
    ...(session && { session }),
    secureContext: settings.secureContext(),
    rejectUnauthorized: settings.verifyTls,
    ALPNProtocols: ['http/1.1'],
  });
  socket.setNoDelay(true).setKeepAlive(true, 60_000);
  socket.on('session', (fresh: Buffer) => remember(sessions, key, fresh));
  return ready(socket, 'secureConnect', signal);
}

/** Node hands back the very memory it was given, which is a Buffer. */
function asOnread({ buffer, callback }: SocketReading): OnReadOpts {
  return { buffer, callback: (count, bytes) => callback(count, bytes as Buffer) };
}

function remember(sessions: Map<string, Buffer>, key: string, session: Buffer): void {
  sessions.delete(key);
  sessions.set(key, session);
  const oldest = sessions.keys().next().value;
  if (sessions.size > MAX_SESSIONS && oldest !== undefined) sessions.delete(oldest);
}

/** Resolves at `event`. An error is never without a listener, from here to the end of the connection. */
function ready(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.on('error', (error) => {
      lastRead.set(error, socket.bytesRead);
      reject(error);
    });
    socket.once(event, () => {
      signal.removeEventListener('abort', stop);
      resolve(socket);
    });
    socket.once('close', () => reject(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' })));
  });
}

/** The port of a URL, also where it is the scheme's own. */
export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}
/** A host without the brackets of an IPv6 address. */
export function bare(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

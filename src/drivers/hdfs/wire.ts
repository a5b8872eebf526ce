import { connect } from 'node:net';
import { TowlineError } from '../../errors.ts';
import { abortedError, onAbort } from '../../storage/call.ts';
import { connectFailed, connectionLost, silent } from './errors.ts';
import { ByteReader } from './protobuf.ts';

/** One connection, read piece by piece. What it holds that nobody has asked for is bounded. */
export interface Wire {
  /** 'host:port', for messages. */
  readonly name: string;
  /** Exactly `count` bytes, valid until the next call; TIMEOUT when nothing at all comes for `patienceMs`. */
  read(count: number, patienceMs?: number): Promise<Buffer>;
  /** Several pieces go out together. */
  write(...pieces: readonly Uint8Array[]): void;
  /** Whoever reads now or later gets `reason`. */
  end(reason?: Error): void;
  readonly isOpen: boolean;
  /** While it rests the process may end, and the other side may close it. */
  rest(isResting: boolean): void;
}
/** Where a connection leads, and how long making it may take. */
export interface WireTarget { readonly host: string; readonly port: number; readonly patienceMs: number; readonly signal: AbortSignal | undefined }
export type OpenWire = (target: WireTarget) => Promise<Wire>;

/** Above so many bytes that nobody has asked for, the other side is made to wait. */
const AHEAD_BYTES = 1024 * 1024;
/** No single piece is larger: an answer of the name node at most 128 MB (`ipc.maximum.response.length`). */
export const MOST_BYTES = 128 * 1024 * 1024;

/** Makes a connection. */
export const openWire: OpenWire = async ({ host, port, patienceMs, signal }) => {
  const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  if (signal?.aborted) throw abortedError(signal);
  // 250 ms, Node's own patience with one address, is too short for a far server with IPv6 and IPv4.
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, autoSelectFamilyAttemptTimeout: 1000 });
  const wire = wireOf(socket, name);
  const unlink = signal === undefined ? () => undefined : onAbort(signal, () => { wire.end(abortedError(signal)); });
  const timer = setTimeout(() => { wire.end(new TowlineError('TIMEOUT', `${name}: no connection within ${patienceMs / 1000} s`, { retryable: true, hint: "Check the address and the firewall between; 'connect_timeout' of the remote allows more time." })); }, patienceMs);
  try {
    await wire.connected;
    return wire;
  } finally {
    clearTimeout(timer);
    unlink();
  }
};

interface Waiting { readonly count: number; resolve(bytes: Buffer): void; reject(error: Error): void }

function wireOf(socket: ReturnType<typeof connect>, name: string): Wire & { readonly connected: Promise<void> } {
  let chunks: Buffer[] = [];
  let held = 0;
  let waiting: Waiting | undefined;
  let failure: Error | undefined;
  let isConnected = false;
  let isCorked = false;

  const take = (count: number): Buffer => {
    held -= count;
    const [first] = chunks;
    if (first !== undefined && first.byteLength > count) {
      chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    if (first !== undefined && first.byteLength === count) {
      chunks.shift();
      return first;
    }
    const all = chunks.length === 1 && first ? first : Buffer.concat(chunks);
    chunks = all.byteLength > count ? [all.subarray(count)] : [];
    return all.subarray(0, count);
  };
  const settle = (): void => {
    const one = waiting;
    if (one === undefined) return;
    if (held >= one.count) one.resolve(take(one.count));
    else if (failure) one.reject(failure);
    else return;
    waiting = undefined;
    socket.setTimeout(0);
  };
  const fail = (error: Error): void => {
    failure ??= error;
    settle();
    socket.destroy();
  };
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', () => { isConnected = true; resolve(); });
    socket.once('close', () => { reject(failure ?? connectionLost(name)); });
  });
  connected.catch(() => undefined);
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    held += chunk.byteLength;
    settle();
    if (held > AHEAD_BYTES && (waiting === undefined || held >= waiting.count)) socket.pause();
  });
  socket.on('timeout', () => { if (waiting) fail(silent(name)); });
  socket.on('error', (error) => { fail(isConnected ? connectionLost(name, error) : connectFailed(name, error)); });
  socket.on('end', () => { fail(connectionLost(name)); });
  socket.on('close', () => { fail(connectionLost(name)); });

  return {
    name, connected,
    async read(count, patienceMs = 0) {
      if (count > MOST_BYTES || count < 0) throw new TowlineError('CORRUPT', `${name} announced a message of ${count} bytes`, { hint: 'Check that host and port are those of HDFS itself, not of its web pages.' });
      if (held >= count) {
        const bytes = take(count);
        if (held < AHEAD_BYTES && socket.isPaused()) socket.resume();
        return bytes;
      }
      if (failure) throw failure;
      return await new Promise<Buffer>((resolve, reject) => {
        waiting = { count, resolve, reject };
        socket.setTimeout(patienceMs);
        socket.resume();
      });
    },
    write(...pieces) {
      if (failure) return;
      // What is written in one turn of the event loop goes out together. A name node that wants Kerberos answers the first bytes and closes at
      // once: what came later would be refused by the system, and that would be reported instead of the answer.
      if (!isCorked) {
        isCorked = true;
        socket.cork();
        setImmediate(() => {
          isCorked = false;
          socket.uncork();
        });
      }
      for (const piece of pieces) socket.write(piece);
    },
    end: (reason) => { fail(reason ?? new TowlineError('ABORTED', `the connection to ${name} was closed`)); },
    get isOpen() { return failure === undefined; },
    rest(isResting) {
      if (!isResting) { socket.ref(); return; }
      socket.unref();
      socket.resume();
    },
  };
}

/** A message with its length before it, at most `most` bytes long. */
export async function readDelimited(wire: Wire, patienceMs: number, most = 1024 * 1024): Promise<Buffer> {
  let head = Buffer.alloc(0);
  do head = Buffer.concat([head, await wire.read(1, patienceMs)]);
  while ((head.at(-1) ?? 0) > 0x7f && head.byteLength < 10);
  const length = new ByteReader(head).varint();
  if (length > most) throw new TowlineError('CORRUPT', `${wire.name} announced a message of ${length} bytes`);
  return await wire.read(length, patienceMs);
}

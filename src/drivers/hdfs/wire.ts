import { connect, type Socket } from 'node:net';
import { TowlineError } from '../../errors.ts';
import { abortedError, onAbort } from '../../storage/call.ts';
import { connectFailed, connectionLost, silent } from './errors.ts';
import { ByteReader } from './protobuf.ts';
import { createReceived } from './received.ts';

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

/** All connections read into this one; what comes is copied out of it before anything else can happen. */
const incoming = Buffer.allocUnsafeSlow(256 * 1024);

/** Makes a connection. */
export const openWire: OpenWire = async ({ host, port, patienceMs, signal }) => {
  const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  if (signal?.aborted) throw abortedError(signal);
  let take: (bytes: Uint8Array) => boolean = () => true;
  const socket = connect({
    // 250 ms, Node's own patience with one address, is too short for a far server with IPv6 and IPv4.
    host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, autoSelectFamilyAttemptTimeout: 1000,
    onread: { buffer: incoming, callback: (count, buffer) => take(buffer.subarray(0, count)) },
  });
  const inbox = createInbox(socket, name);
  take = inbox.take;
  const wire = wireOf(socket, name, inbox);
  const unlink = signal === undefined ? () => undefined : onAbort(signal, () => { wire.end(abortedError(signal)); });
  const timer = setTimeout(() => { wire.end(new TowlineError('TIMEOUT', `${name}: no connection within ${patienceMs / 1000} s`, { retryable: true, hint: "Check the address and the firewall between; 'connect_timeout' of the remote allows more time." })); }, patienceMs);
  try {
    await connected(socket, name, inbox);
    return wire;
  } finally {
    clearTimeout(timer);
    unlink();
  }
};

async function connected(socket: Socket, name: string, inbox: Inbox): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => {
      inbox.isConnected = true;
      resolve();
    });
    socket.once('close', () => { reject(inbox.failure ?? connectionLost(name)); });
  });
}

/** What came, who waits for more, and how it ended. */
interface Inbox {
  isConnected: boolean;
  readonly failure: Error | undefined;
  /** False when no more should come. */
  take(bytes: Uint8Array): boolean;
  read(count: number, patienceMs: number): Promise<Buffer>;
  fail(error: Error): void;
}

function createInbox(socket: Socket, name: string): Inbox {
  const received = createReceived();
  let waiting: { readonly count: number; resolve(bytes: Buffer): void; reject(error: Error): void } | undefined;
  let failure: Error | undefined;
  let isPaused = false;

  const settle = (): void => {
    if (waiting === undefined) return;
    if (received.length >= waiting.count) waiting.resolve(received.take(waiting.count));
    else if (failure) waiting.reject(failure);
    else return;
    waiting = undefined;
    socket.setTimeout(0);
  };
  const fail = (error: Error): void => {
    failure ??= error;
    settle();
    socket.destroy();
  };
  const inbox: Inbox = {
    isConnected: false, fail,
    get failure() { return failure; },
    take(bytes) {
      received.add(bytes);
      settle();
      isPaused = received.length > AHEAD_BYTES && waiting === undefined;
      return !isPaused;
    },
    async read(count, patienceMs) {
      received.release();
      if (isPaused && received.length < AHEAD_BYTES + count) {
        isPaused = false;
        socket.resume();
      }
      if (received.length >= count) return received.take(count);
      if (failure) throw failure;
      return await new Promise<Buffer>((resolve, reject) => {
        waiting = { count, resolve, reject };
        socket.setTimeout(patienceMs);
      });
    },
  };
  socket.on('timeout', () => { if (waiting) fail(silent(name)); });
  socket.on('error', (error) => { fail(inbox.isConnected ? connectionLost(name, error) : connectFailed(name, error)); });
  for (const event of ['end', 'close']) socket.on(event, () => { if (failure === undefined) fail(connectionLost(name)); });
  return inbox;
}

function wireOf(socket: Socket, name: string, inbox: Inbox): Wire {
  let isCorked = false;
  return {
    name,
    async read(count, patienceMs = 0) {
      if (count > MOST_BYTES || count < 0) throw new TowlineError('CORRUPT', `${name} announced a message of ${count} bytes`, { hint: 'Check that host and port are those of HDFS itself, not of its web pages.' });
      return await inbox.read(count, patienceMs);
    },
    write(...pieces) {
      if (inbox.failure) return;
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
    end(reason) { if (inbox.failure === undefined) inbox.fail(reason ?? new TowlineError('ABORTED', `the connection to ${name} was closed`)); },
    get isOpen() { return inbox.failure === undefined; },
    rest(isResting) {
      if (isResting) socket.unref();
      else socket.ref();
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

import type { Socket } from 'node:net';
import { AnswerError, type AnswerHead } from './answer-head.ts';
import { AnswerReader } from './answer-reader.ts';
import type { BodyFlow, BodySink } from './body-queue.ts';
import type { ReadBuffer, ReadBuffers } from './read-buffers.ts';
import { scratch } from './scratch.ts';
import type { SocketReading } from './sockets.ts';

/** The exchange that a connection serves. */
export interface Served {
  readonly method: string;
  /** An answer 1xx: news on the way. */
  onNews(status: number): void;
  /** The head of the answer; what comes back takes the body. `size` is undefined where it is not known before its end. */
  onAnswer(head: AnswerHead, size: number | undefined): BodySink;
  onEnd(): void;
  /** `isStale`: nothing of an answer had come, on a connection that had served before. */
  onFailure(error: unknown, isStale: boolean): void;
}
/** Who keeps the connection while it serves nobody. */
export interface Owner {
  onFree(connection: Connection): void;
  onGone(connection: Connection): void;
}

/** An idle connection is kept this long; most servers keep theirs from 5 to 75 s. */
const KEEP_ALIVE_SECONDS = 10;
/** What is sent this near to the end that a server tells may cross its closing. */
const MARGIN_SECONDS = 1;

/** What one read may bring: small answers need little; large bodies cost least in pieces that stay in the processor's cache. */
const SMALL_READ = 64 * 1024;
const LARGE_READ = 256 * 1024;

/** One connection, kept alive, which serves one exchange at a time. */
export class Connection implements BodyFlow {
  /** Seconds without a byte, counted by whoever watches. */
  quietSeconds = 0;
  /** Whose turn it is: a source or reader that takes its time is no silence of the server. */
  awaits: 'server' | 'source' | 'reader' = 'server';
  /** The request is not sent to its end, so nothing may follow it here. */
  isSending = false;
  isGone = false;
  /** Since when it serves nobody, in milliseconds of the clock. */
  freeSince = 0;
  /** How the socket is to read: into memory of ours, which is used again and again. */
  readonly reading: SocketReading = { buffer: () => this.#arm(), callback: (count, bytes) => { this.#receive(bytes, count); return true; } };
  readonly #buffers: ReadBuffers;
  readonly #owner: Owner;
  readonly #answer: AnswerReader;
  #socket: Socket | undefined;
  #served: Served | undefined;
  #body: BodySink | undefined;
  #hasServed = false;
  #keepSeconds = KEEP_ALIVE_SECONDS;
  #armed: ReadBuffer | undefined;
  #onWritten: (() => void) | undefined;

  constructor(buffers: ReadBuffers, owner: Owner) {
    this.#buffers = buffers;
    this.#owner = owner;
    this.#answer = new AnswerReader({
      onNews: (status) => { this.#served?.onNews(status); },
      onHead: (head, size) => { this.#onHead(head, size); },
      onData: (chunk) => { this.#push(chunk); },
      onEnd: (canFollow) => { this.#finish(canFollow); },
    });
  }

  /** Takes over a socket that is ready. One that has said something already, unasked, is not kept. */
  open(socket: Socket): void {
    this.#socket = socket;
    if (this.isGone) socket.destroy();
    socket.on('error', (error) => { this.fail(error); });
    socket.on('end', () => { if (!this.#answer.close()) this.fail(lost()); });
    socket.on('close', () => { this.fail(lost()); });
    // Where Node cannot read into our memory (TLS within a tunnel) the chunks are its own.
    if (this.#armed === undefined) socket.on('data', (chunk: Buffer) => { this.#receive(chunk, chunk.byteLength); });
  }

  /** From now on what comes is the answer to `served`. */
  begin(served: Served): void {
    this.#served = served;
    this.#answer.begin(served.method);
    this.quietSeconds = 0;
    this.awaits = 'server';
  }

  /** Whether it has been idle for so long that the server may be closing it. */
  isOld(now: number): boolean {
    return now - this.freeSince > this.#keepSeconds * 1000;
  }

  /** Writes text, and bytes with it in the same write. */
  write(text: string, bytes?: Uint8Array): void {
    if (this.#socket === undefined) return;
    if (bytes === undefined) this.#socket.write(text, 'latin1');
    else scratch.write(this.#socket, text, bytes);
  }

  /** Writes a piece of a body, in a frame of text where it has one; resolves when its bytes are the source's again, or the connection is gone. */
  writePiece(piece: Uint8Array, { before, after }: { readonly before: string; readonly after: string } = { before: '', after: '' }): Promise<void> {
    return new Promise((resolve) => {
      const socket = this.#socket;
      if (this.isGone || socket === undefined) {
        resolve();
        return;
      }
      this.awaits = 'server';
      this.quietSeconds = 0;
      const done = (): void => {
        if (this.#onWritten !== done) return;
        this.#onWritten = undefined;
        this.awaits = 'source';
        resolve();
      };
      this.#onWritten = done;
      socket.cork();
      if (before !== '') socket.write(before, 'latin1');
      // A failed write is the connection's failure, which 'error' reports.
      socket.write(piece, done);
      if (after !== '') socket.write(after, 'latin1');
      socket.uncork();
    });
  }

  resume(): void {
    this.awaits = 'server';
    this.quietSeconds = 0;
    this.#socket?.resume();
  }

  abandon(): void {
    const served = this.#served;
    this.destroy();
    served?.onEnd();
  }

  /** An idle connection must not keep the process alive, a busy one must. */
  holdProcess(isHeld: boolean): void {
    this.quietSeconds = 0;
    if (isHeld) this.#socket?.ref();
    else this.#socket?.unref();
  }

  fail(error: unknown): void {
    if (this.isGone) return;
    const served = this.#served;
    const { hasBegun } = this.#answer;
    this.destroy();
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const isLost = code === 'ECONNRESET' || code === 'EPIPE';
    served?.onFailure(isLost && hasBegun ? new AnswerError('TOWLINE_CUT_OFF', 'the connection ended within an answer') : error, isLost && !hasBegun && this.#hasServed);
  }

  destroy(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.#served = undefined;
    this.#body = undefined;
    this.#socket?.destroy();
    this.#disarm();
    this.#onWritten?.();
    this.#owner.onGone(this);
  }

  #receive(bytes: Buffer, count: number): void {
    if (this.isGone) return;
    this.quietSeconds = 0;
    try {
      this.#answer.take(bytes, count);
    } catch (error) {
      this.fail(error);
    }
  }

  #onHead(head: AnswerHead, size: number | undefined): void {
    const told = head.keepAliveSeconds();
    if (told !== undefined) this.#keepSeconds = Math.min(KEEP_ALIVE_SECONDS, Math.max(told - MARGIN_SECONDS, told / 2));
    this.#body = this.#served?.onAnswer(head, size);
  }

  #push(chunk: Uint8Array): void {
    const from = this.#armed;
    const isOurs = from !== undefined && chunk.buffer === from.bytes.buffer;
    if (isOurs) from.users += 1;
    const takesMore = this.#body?.push(chunk, isOurs ? () => { this.#buffers.leave(from); } : undefined) ?? true;
    if (takesMore || this.#answer.left === 0) return;
    this.awaits = 'reader';
    this.#socket?.pause();
  }

  #finish(canFollow: boolean): void {
    const served = this.#served;
    const body = this.#body;
    this.#served = undefined;
    this.#body = undefined;
    this.#hasServed = true;
    if (this.awaits === 'reader') this.resume();
    if (canFollow && !this.isSending) this.#owner.onFree(this);
    else this.destroy();
    body?.end();
    served?.onEnd();
  }

  /** The memory for the next read: the same again, unless somebody still works on what came into it. */
  #arm(): Buffer {
    const given = this.#body?.memory?.();
    if (given) {
      this.#disarm();
      return given;
    }
    const size = this.#answer.left > SMALL_READ ? LARGE_READ : SMALL_READ;
    if (this.#armed?.users === 0 && this.#armed.bytes.byteLength === size) return this.#armed.bytes;
    this.#disarm();
    this.#armed = this.#buffers.take(size);
    return this.#armed.bytes;
  }

  #disarm(): void {
    if (this.#armed) this.#buffers.disarm(this.#armed);
    this.#armed = undefined;
  }
}

const lost = (): Error => Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });

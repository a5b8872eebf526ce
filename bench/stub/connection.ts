import { createHash, type Hash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { StubAnswer, StubRequest } from './answer.ts';
import type { StubObject } from './objects.ts';

/** Larger bodies are hashed and not kept. */
const KEPT = 4 << 20;
/** Smaller bodies leave with their head. */
const ONE_WRITE = 64 << 10;
const HEAD_END = Buffer.from('\r\n\r\n');
const ZEROS = Buffer.alloc(1 << 20);
const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 204: 'No Content', 206: 'Partial Content', 404: 'Not Found' };

/** HTTP/1.1 as clients of S3 speak it, one request after the other, by hand: what node:http needs for a request would be the limit of what is measured. */
export class StubConnection {
  readonly #socket: Socket;
  readonly #answer: (request: StubRequest) => StubAnswer;
  readonly #lagMs: number;
  #rest: Buffer | undefined;
  #head = '';
  #left = 0;
  #size = 0;
  #chunks: Buffer[] = [];
  #hash: Hash | undefined;

  constructor(socket: Socket, answer: (request: StubRequest) => StubAnswer, lagMs = 0) {
    this.#socket = socket;
    this.#answer = answer;
    this.#lagMs = lagMs;
    socket.on('data', (chunk: Buffer) => { this.#take(chunk); });
    socket.on('error', () => { socket.destroy(); });
  }

  #take(chunk: Buffer): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    while (bytes.byteLength > 0) {
      if (this.#left > 0) bytes = this.#takeBody(bytes);
      else {
        const stop = bytes.indexOf(HEAD_END);
        if (stop === -1) {
          this.#rest = bytes;
          return;
        }
        this.#begin(bytes.toString('latin1', 0, stop + 2));
        bytes = bytes.subarray(stop + 4);
      }
      if (this.#left === 0) this.#finish();
    }
  }

  #begin(head: string): void {
    this.#head = head;
    this.#left = this.#size = Number(valueOf(head, 'content-length') ?? 0);
    this.#chunks = [];
    this.#hash = this.#size > KEPT && valueOf(head, 'x-amz-decoded-content-length') === undefined ? createHash('md5') : undefined;
    if (this.#left > 0 && valueOf(head, 'expect') !== undefined) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
  }

  #takeBody(bytes: Buffer): Buffer {
    const part = bytes.byteLength > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= part.byteLength;
    if (this.#hash) this.#hash.update(part);
    else this.#chunks.push(part);
    return bytes.subarray(part.byteLength);
  }

  #finish(): void {
    const head = this.#head;
    const first = head.indexOf(' ');
    const method = head.slice(0, first);
    const header = (name: string): string | undefined => valueOf(head, name);
    const answer = this.#answer({ method, target: head.slice(first + 1, head.indexOf(' ', first + 1)), header, body: this.#body(header) });
    // Nobody sends a second request before the answer to the first, so answers keep their order.
    if (this.#lagMs === 0) this.#send(answer);
    else setTimeout(() => { this.#send(answer); }, this.#lagMs);
  }

  #send({ status, headers = '', body, object, range }: StubAnswer): void {
    const length = range ? range[1] - range[0] : body?.byteLength ?? 0;
    const start = `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\nServer: stub\r\nx-amz-request-id: 1\r\n${headers}${status === 204 || headers.includes('Content-Length') ? '' : `Content-Length: ${length}\r\n`}\r\n`;
    const small = body ?? (object?.bytes?.byteLength === length && length <= ONE_WRITE ? object.bytes : undefined);
    if (object && range && !small) {
      this.#socket.write(start, 'latin1');
      void this.#stream(object, range);
    } else this.#socket.write(small ? together(start, small) : start, 'latin1');
  }

  /** The ETag is the MD5: the client's own word for it where it gave one, for hashing here would be the limit of what is measured. */
  #body(header: (name: string) => string | undefined): StubRequest['body'] {
    if (this.#hash) return { size: this.#size, md5: this.#hash.digest('hex') };
    const sent = this.#chunks.length === 1 ? this.#chunks[0] ?? ZEROS : Buffer.concat(this.#chunks);
    const bytes = Buffer.from(header('x-amz-decoded-content-length') === undefined ? sent : unframed(sent));
    const given = header('content-md5');
    const md5 = given === undefined ? createHash('md5').update(bytes).digest('hex') : Buffer.from(given, 'base64').toString('hex');
    return { bytes, size: bytes.byteLength, md5 };
  }

  async #stream({ bytes = ZEROS }: StubObject, [start, end]: readonly [number, number]): Promise<void> {
    for (let at = start; at < end && !this.#socket.destroyed;) {
      const from = at % bytes.byteLength;
      const piece = bytes.subarray(from, Math.min(bytes.byteLength, from + end - at));
      at += piece.byteLength;
      if (!this.#socket.write(piece) && at < end) await this.#drained();
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#socket.off('drain', go).off('close', go);
        resolve();
      };
      this.#socket.on('drain', go).on('close', go);
    });
  }
}

function together(head: string, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + body.byteLength);
  bytes.write(head, 0, 'latin1');
  body.copy(bytes, head.length);
  return bytes;
}

/** `head` ends with a line end, and `name` is in small letters. */
function valueOf(head: string, name: string): string | undefined {
  let at = head.indexOf(`\r\n${name}:`);
  if (at === -1) {
    at = head.toLowerCase().indexOf(`\r\n${name}:`);
    if (at === -1) return undefined;
  }
  return head.slice(at + name.length + 3, head.indexOf('\r\n', at + 2)).trim();
}

/** Takes away the frames of 'aws-chunked'. */
function unframed(sent: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < sent.byteLength;) {
    const stop = sent.indexOf('\r\n', at);
    const size = Number.parseInt(sent.toString('latin1', at, stop), 16);
    if (!(size > 0)) break;
    parts.push(sent.subarray(stop + 2, stop + 2 + size));
    at = stop + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

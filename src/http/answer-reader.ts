import { AnswerError, AnswerHead, type Framing } from './answer-head.ts';
import { ChunkedBody } from './chunked-body.ts';

/** What comes of the bytes of a connection. */
export interface AnswerEvents {
  /** An answer 1xx: news on the way. */
  onNews(status: number): void;
  /** `size` is undefined where it is not known before its end. */
  onHead(head: AnswerHead, size: number | undefined): void;
  /** A part of the body. No `Buffer`, whose `slice` does not copy: the memory is read into again. */
  onData(chunk: Uint8Array): void;
  /** `canFollow`: another request may be sent on this connection. */
  onEnd(canFollow: boolean): void;
}

const MAX_HEAD = 64 * 1024;
/** 1xx answers to one request; more are an attack or a circle. */
const MAX_NEWS = 32;
const HEAD_END = Buffer.from('\r\n\r\n');

/** Makes answers of bytes, in whatever pieces they come. Throws an AnswerError at what breaks the rules. */
export class AnswerReader {
  readonly #events: AnswerEvents;
  #method: string | undefined;
  #state: 'head' | 'body' = 'head';
  /** The start of a head whose end has not come. */
  #headStart: Buffer | undefined;
  #news = 0;
  /** Of a body with a length: what is left of it. */
  #framing: Framing = 0;
  #chunked: ChunkedBody | undefined;
  #keepsAlive = false;

  constructor(events: AnswerEvents) {
    this.#events = events;
  }

  /** What comes from now on is the answer to a request of this method. */
  begin(method: string): void {
    this.#method = method;
    this.#state = 'head';
    this.#news = 0;
  }

  /** Something of an answer has come. */
  get hasBegun(): boolean {
    return this.#state === 'body' || this.#headStart !== undefined || this.#news > 0;
  }

  /** Bytes still to come of a body, Infinity where nobody knows. */
  get left(): number {
    if (this.#state === 'head') return 0;
    return typeof this.#framing === 'number' ? this.#framing : Infinity;
  }

  take(bytes: Buffer, count: number): void {
    const whole = this.#headStart ? Buffer.concat([this.#headStart, bytes.subarray(0, count)]) : bytes;
    const end = this.#headStart ? whole.byteLength : count;
    this.#headStart = undefined;
    for (let at = 0; at < end; ) {
      // Bytes that nobody asked for would be taken for the next answer.
      if (this.#method === undefined) throw new AnswerError('TOWLINE_BAD_ANSWER', 'an answer nobody asked for');
      at = this.#state === 'head' ? this.#takeHead(whole, { start: at, end }) : this.#takeBody(whole, { start: at, end });
    }
  }

  /** The connection has ended as it should; false when that is no end of an answer. */
  close(): boolean {
    const isEnd = this.#method !== undefined && this.#state === 'body' && this.#framing === 'until-close';
    if (isEnd) this.#finish(false);
    return isEnd;
  }

  #takeHead(bytes: Buffer, { start, end }: Range): number {
    const stop = bytes.indexOf(HEAD_END, start);
    if (stop === -1 || stop + HEAD_END.byteLength > end) {
      this.#keepHeadStart(bytes, { start, end });
      return end;
    }
    if (stop - start > MAX_HEAD) throw new AnswerError('TOWLINE_HEAD_TOO_LARGE', `${stop - start} bytes`);
    const head = new AnswerHead(bytes.toString('latin1', start, stop));
    const at = stop + HEAD_END.byteLength;
    if (head.status < 200) this.#onNews(head.status);
    else this.#onHead(head, at < end);
    return at;
  }

  /** What can never become a head is refused at once: the rest might never come. */
  #keepHeadStart(bytes: Buffer, { start, end }: Range): void {
    if (end - start > MAX_HEAD) throw new AnswerError('TOWLINE_HEAD_TOO_LARGE', 'no end after 64 KiB');
    const text = bytes.toString('latin1', start, end);
    if (!'HTTP/1.'.startsWith(text.slice(0, 7))) throw new AnswerError('TOWLINE_NOT_HTTP', 'no status line');
    if (/(?:^|[^\r])\n|\r[^\n]/.test(text)) throw new AnswerError('TOWLINE_BAD_ANSWER', 'a bare CR or LF');
    this.#headStart = Buffer.from(bytes.subarray(start, end));
  }

  #onNews(status: number): void {
    this.#news += 1;
    if (status === 101) throw new AnswerError('TOWLINE_BAD_ANSWER', 'another protocol that nobody asked for');
    if (this.#news > MAX_NEWS) throw new AnswerError('TOWLINE_BAD_ANSWER', 'too many answers 1xx');
    this.#events.onNews(status);
  }

  #onHead(head: AnswerHead, hasMore: boolean): void {
    this.#framing = head.framing(this.#method ?? '');
    this.#chunked = this.#framing === 'chunked' ? new ChunkedBody() : undefined;
    this.#keepsAlive = head.keepsAlive();
    this.#state = 'body';
    this.#events.onHead(head, typeof this.#framing === 'number' ? this.#framing : undefined);
    if (this.#framing === 0) this.#finish(!hasMore);
  }

  #takeBody(bytes: Buffer, { start, end }: Range): number {
    if (this.#chunked) {
      const stop = this.#chunked.take(bytes, { start, end }, (chunk) => { this.#events.onData(chunk); });
      if (this.#chunked.isOver) this.#finish(stop === end);
      return stop;
    }
    const stop = typeof this.#framing === 'number' ? Math.min(end, start + this.#framing) : end;
    if (typeof this.#framing === 'number') this.#framing -= stop - start;
    this.#events.onData(new Uint8Array(bytes.buffer, bytes.byteOffset + start, stop - start));
    if (this.#framing === 0) this.#finish(stop === end);
    return stop;
  }

  #finish(isClean: boolean): void {
    this.#method = undefined;
    this.#events.onEnd(isClean && this.#keepsAlive);
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

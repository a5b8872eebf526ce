import { AnswerError } from './answer-head.ts';

/** Of a chunk's size and extensions, which are passed over. */
const MAX_LINE = 16 * 1024;
const MAX_TRAILERS = 64 * 1024;
const LINE_FEED = 10;

/** Takes the framing off a chunked body, in whatever pieces it comes. */
export class ChunkedBody {
  isOver = false;
  #state: 'size' | 'data' | 'after-data' | 'trailers' = 'size';
  /** Bytes still to come of the chunk. */
  #left = 0;
  /** What has come of a line. */
  #line = '';
  #trailers = 0;

  /** Takes bytes from `start` on and returns where it stopped: at `end`, or where the body is over. */
  take(bytes: Buffer, { start, end }: { readonly start: number; readonly end: number }, onData: (chunk: Uint8Array) => void): number {
    let at = start;
    while (at < end && !this.isOver) {
      if (this.#state === 'data') {
        const stop = Math.min(end, at + this.#left);
        onData(new Uint8Array(bytes.buffer, bytes.byteOffset + at, stop - at));
        this.#left -= stop - at;
        at = stop;
        if (this.#left === 0) this.#state = 'after-data';
      } else at = this.#takeLine(bytes, at, end);
    }
    return at;
  }

  #takeLine(bytes: Buffer, start: number, end: number): number {
    const feed = bytes.indexOf(LINE_FEED, start);
    const isWhole = feed !== -1 && feed < end;
    const stop = isWhole ? feed + 1 : end;
    this.#line += bytes.toString('latin1', start, stop);
    if (this.#line.length > MAX_LINE) throw new AnswerError('TOWLINE_BAD_ANSWER', 'a line of a chunk that is too long');
    if (isWhole) {
      const line = this.#line;
      this.#line = '';
      if (!/^[^\r\n\0]*\r\n$/.test(line)) throw new AnswerError('TOWLINE_BAD_ANSWER', 'a line of a chunk that does not end as it must');
      this.#onLine(line.slice(0, -2));
    }
    return stop;
  }

  #onLine(line: string): void {
    if (this.#state === 'after-data') {
      if (line !== '') throw new AnswerError('TOWLINE_BAD_ANSWER', 'a chunk longer than it said');
      this.#state = 'size';
    } else if (this.#state === 'size') {
      const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw new AnswerError('TOWLINE_BAD_ANSWER', 'the size of a chunk is no number');
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left === 0 ? 'trailers' : 'data';
    } else {
      this.#trailers += line.length;
      if (this.#trailers > MAX_TRAILERS) throw new AnswerError('TOWLINE_BAD_ANSWER', 'trailers that are too long');
      this.isOver = line === '';
    }
  }
}

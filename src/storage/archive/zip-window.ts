import yauzl from 'yauzl';
import type { CallOptions } from '../call.ts';
import { gather } from '../content.ts';
import type { Source } from '../source.ts';

const WINDOW = 1 << 18;

/** yauzl asks twice for every member of the directory; over the net a request each would take hours, so what lies around is fetched at once. */
export function createWindow(source: Source, size: number, options: CallOptions): yauzl.RandomAccessReader {
  let [start, held] = [0, Buffer.alloc(0)];
  const reader = new (class extends yauzl.RandomAccessReader {})();
  const fetch = async (from: number, length: number): Promise<Buffer> => {
    if (from < 0 || from + length > size) throw new Error('unexpected EOF');
    if (from < start || from + length > start + held.length) {
      const end = Math.min(size, from + Math.max(length, WINDOW));
      held = Buffer.from(await gather(source.open({ ...options, start: from, end }), end - from));
      start = from;
      if (held.length < length) throw new Error('unexpected EOF');
    }
    return held.subarray(from - start, from - start + length);
  };
  // oxlint-disable-next-line max-params -- the signature is yauzl's
  reader.read = (buffer, offset, length, position, callback) => {
    fetch(position, length).then((bytes) => {
      bytes.copy(buffer, offset);
      // What is called back may throw, which is no failure of this read.
      setImmediate(() => { callback(null); });
    }, (error: unknown) => { callback(error as Error); });
  };
  return reader;
}

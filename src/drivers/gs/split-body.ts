import { TowlineError } from '../../errors.ts';
import type { HttpBody } from '../../http/transport.ts';
import { otherSize } from '../../storage/request-body.ts';

export interface Split {
  /** Bytes that go before those of the source. */
  readonly lead: Uint8Array;
  /** Of the whole source. */
  readonly size: number;
  /** Where in the source to begin. */
  readonly from: number;
  /** What is sent is a multiple of this. */
  readonly unit: number;
}
/** The bytes of a part in two: what can be sent now, and a rest that is shorter than a unit. */
export interface SplitBody {
  readonly sendable: number;
  readonly body: HttpBody;
  /** What was left over once the body has been read to its end. */
  rest(): Uint8Array;
  /** Where nothing can be sent. */
  readRest(): Promise<Uint8Array>;
}

/** Splits while the bytes pass. A source that gives too few or too many is an error before its last byte is given on. */
export function splitBody({ lead, size, from, unit }: Split, open: (position: number) => AsyncIterable<Uint8Array>): SplitBody {
  const all = lead.byteLength + size - from;
  const sendable = all - (all % unit);
  let rest: Uint8Array | undefined;
  const read = async function* (): AsyncGenerator<Uint8Array> {
    const kept = Buffer.alloc(all - sendable);
    let position = 0;
    // The last piece waits until the source has proved that it has the length it should have.
    let last: Uint8Array | undefined;
    for await (const chunk of joined(lead, open(from))) {
      if (position + chunk.byteLength > all) throw otherSize('the source', from + position + chunk.byteLength - lead.byteLength, size);
      const now = chunk.subarray(0, Math.max(0, sendable - position));
      kept.set(chunk.subarray(now.byteLength), Math.max(0, position - sendable));
      position += chunk.byteLength;
      if (now.byteLength === 0) continue;
      if (position >= sendable) last = Buffer.from(now);
      else yield now;
    }
    if (position !== all) throw otherSize('the source', from + position - lead.byteLength, size);
    rest = kept;
    if (last) yield last;
  };
  return {
    sendable,
    body: { size: sendable, open: read },
    rest() {
      if (rest === undefined) throw new TowlineError('CORRUPT', 'the source was not read to its end');
      return rest;
    },
    async readRest() {
      for await (const chunk of read()) if (chunk.byteLength > 0) throw new TowlineError('CORRUPT', 'there is more than a rest');
      return rest ?? new Uint8Array();
    },
  };
}

async function* joined(lead: Uint8Array, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (lead.byteLength > 0) yield lead;
  yield* chunks;
}

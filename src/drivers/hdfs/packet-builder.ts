import { sizeOfSums, type Summing, writeSums } from './checksums.ts';
import { packetHeader } from './transfer-messages.ts';

/** A piece of a block on its way to the data nodes; kept until all of them have it. */
export interface OutgoingPacket { readonly seqno: number; readonly offset: number; readonly length: number; readonly isLast: boolean; readonly frame: Buffer }
export interface PacketPlace { readonly seqno: number; readonly offset: number; readonly isLast?: boolean }

const LENGTHS_BYTES = 6;
const HEADER_BYTES = packetHeader.encode({ offsetInBlock: 0, seqno: 0, lastPacketInBlock: false, dataLength: 0 }).byteLength;
/** The number of packets that only say that the writer lives. */
export const HEARTBEAT = -1;

/** Gathers the data of one packet; header and checksums are written before it, so the bytes are copied once. */
export interface PacketBuilder {
  readonly length: number;
  /** Takes what fits of `bytes` below `most` bytes in all; says how much. */
  add(bytes: Uint8Array, most: number): number;
  finish(place: PacketPlace): OutgoingPacket;
}

/** A packet of at most `packetBytes` bytes. */
export function createPacketBuilder(summing: Summing, packetBytes: number): PacketBuilder {
  const dataAt = LENGTHS_BYTES + HEADER_BYTES + sizeOfSums(summing, packetBytes);
  const buffer = Buffer.allocUnsafeSlow(dataAt + packetBytes);
  let length = 0;
  return {
    get length() { return length; },
    add(bytes, most) {
      const taken = Math.max(Math.min(bytes.byteLength, Math.min(packetBytes, most) - length), 0);
      buffer.set(taken === bytes.byteLength ? bytes : bytes.subarray(0, taken), dataAt + length);
      length += taken;
      return taken;
    },
    finish({ seqno, offset, isLast = false }) {
      const sums = sizeOfSums(summing, length);
      const start = dataAt - sums - HEADER_BYTES - LENGTHS_BYTES;
      buffer.writeInt32BE(4 + sums + length, start);
      buffer.writeInt16BE(HEADER_BYTES, start + 4);
      packetHeader.encode({ offsetInBlock: offset, seqno, lastPacketInBlock: isLast, dataLength: length }).copy(buffer, start + LENGTHS_BYTES);
      writeSums(summing, buffer.subarray(dataAt, dataAt + length), buffer.subarray(dataAt - sums, dataAt));
      return { seqno, offset, length, isLast, frame: buffer.subarray(start, dataAt + length) };
    },
  };
}

/** A packet without data: the end of a block, or a sign of life. */
export function emptyPacket(place: PacketPlace): OutgoingPacket {
  return createPacketBuilder({ type: 'none', bytesPerChecksum: 1 }, 0).finish(place);
}

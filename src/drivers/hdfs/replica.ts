import { TowlineError } from '../../errors.ts';
import { CHECKSUM_TYPES, firstDamage, sizeOfSums, type Summing } from './checksums.ts';
import { endOnAbort, type DataNode } from './data-nodes.ts';
import type { LocatedBlock } from './messages.ts';
import type { HdfsPlace } from './place.ts';
import { delimited } from './protobuf.ts';
import { clientReadStatus, OPERATION, opReadBlock, packetHeader, STATUS } from './transfer-messages.ts';
import type { Wire } from './wire.ts';

/** A piece of a block as a data node sends it, checked: whole chunks and their checksums. Valid until the next is asked for. */
export interface Packet { readonly offset: number; readonly data: Buffer; readonly sums: Buffer; readonly summing: Summing }
/** What is read of one block, counted from the block's beginning. */
export interface BlockRange { readonly located: LocatedBlock; readonly start: number; readonly end: number }
export interface ReadFrom { readonly node: DataNode; readonly signal: AbortSignal | undefined }

/** A copy of a block whose bytes do not have their checksums. Another copy may. */
export class DamagedReplica extends Error {
  override readonly name: string = 'DamagedReplica';
}

/** Reads a range of a block from one data node, in packets: the first may begin before the range and the last end behind it, at chunk boundaries. */
export async function* readReplica(place: HdfsPlace, { located, start, end }: BlockRange, { node, signal }: ReadFrom): AsyncGenerator<Packet> {
  const { dataNodes, lease, patienceMs } = place;
  const message = opReadBlock.encode({ header: { baseHeader: { block: located.block, token: located.token }, clientName: lease.clientName }, offset: start, length: end - start, sendChecksums: true });
  const { wire, response } = await dataNodes.ask(node, { code: OPERATION.readBlock, message, token: located.token }, signal);
  const unlink = endOnAbort(wire, signal);
  let isOver = false;
  try {
    const info = response.readOpChecksumInfo;
    if (info === undefined) throw broken(wire, 'it does not say how it sums');
    const summing: Summing = { type: CHECKSUM_TYPES[info.checksum.type] ?? 'none', bytesPerChecksum: info.checksum.bytesPerChecksum };
    for (let position = info.chunkOffset; position < end; ) {
      const packet = await readPacket(wire, { summing, patienceMs });
      if (packet.offset !== position || packet.data.byteLength === 0) throw broken(wire, `it sent what stands at ${packet.offset} instead of ${position}`);
      position += packet.data.byteLength;
      yield packet;
    }
    if ((await readPacket(wire, { summing, patienceMs })).data.byteLength > 0) throw broken(wire, 'it sent more than was asked for');
    wire.write(delimited(clientReadStatus.encode({ status: STATUS.checksumOk })));
    isOver = true;
  } finally {
    unlink();
    if (isOver) dataNodes.giveBack(node, wire);
    else wire.end();
  }
}

/** `dfs.data.transfer.max.packet.size`: no data node sends a larger one. */
const MOST_PACKET_BYTES = 16 * 1024 * 1024;

async function readPacket(wire: Wire, { summing, patienceMs }: { readonly summing: Summing; readonly patienceMs: number }): Promise<Packet> {
  const lengths = await wire.read(6, patienceMs);
  // The first number counts itself, but not the header.
  const [payload, header] = [lengths.readInt32BE(0) - 4, lengths.readInt16BE(4)];
  if (payload < 0 || payload > MOST_PACKET_BYTES || header < 0) throw broken(wire, 'it sent a packet of an impossible size');
  const bytes = await wire.read(header + payload, patienceMs);
  const { offsetInBlock, dataLength } = packetHeader.decode(bytes.subarray(0, header));
  const sumsLength = payload - dataLength;
  if (sumsLength !== sizeOfSums(summing, dataLength)) throw broken(wire, 'the checksums of a packet are not as many as its chunks');
  const sums = bytes.subarray(header, header + sumsLength);
  const data = bytes.subarray(header + sumsLength);
  const damage = firstDamage(summing, data, sums);
  if (damage !== undefined) throw new DamagedReplica(`the bytes at ${offsetInBlock + damage} of the block on ${wire.name} do not have their checksum`);
  return { offset: offsetInBlock, data, sums, summing };
}

const broken = (wire: Wire, why: string): TowlineError => new TowlineError('UNAVAILABLE', `data node ${wire.name} broke the protocol: ${why}`, { retryable: true });

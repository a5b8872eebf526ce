import { createHash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import { CHECKSUM_BYTES } from './checksums.ts';
import type { Packet } from './replica.ts';
import { isConnectionFailure, unreached } from './errors.ts';
import type { LocatedBlock } from './messages.ts';
import type { HdfsPlace } from './place.ts';
import { opBlockChecksum, OPERATION } from './transfer-messages.ts';

/** What a data node says of one block: the MD5 of the checksums of its chunks. */
export interface BlockChecksum { readonly bytesPerChecksum: number; readonly chunksPerBlock: number; readonly md5: Uint8Array }

const BLOCKS_AT_ONCE = 8;
const MOST_REMEMBERED = 512;
const MD5_BYTES = 16;
/** Hadoop hashes the buffer it gathers in, not only what it gathered; the buffer begins with so many bytes and doubles. */
const FIRST_BUFFER_BYTES = 32;

/**
 * The checksum of a file as `hadoop fs -checksum` prints it and DVC notes it: the MD5 of the MD5s of its blocks, with the size of chunks and blocks before it.
 * Undefined where Hadoop has none: the blocks are summed in different ways. Blocks never change, so what was once asked is remembered.
 */
export async function fileChecksum(place: HdfsPlace, blocks: readonly LocatedBlock[], signal: AbortSignal | undefined): Promise<string | undefined> {
  if (blocks.length === 0) return joinChecksums([]);
  const key = keyOf(blocks);
  const known = place.checksums.get(key);
  if (known !== undefined) return await known;
  const asked = inParallel(blocks, BLOCKS_AT_ONCE, async (located) => await blockChecksum(place, located, signal)).then(joinChecksums);
  remember(place, key, asked);
  return await asked;
}

/** Notes the checksum that was found while the file was read: one packet held its one block. */
export function checksumOfPacket(place: HdfsPlace, blocks: readonly LocatedBlock[], { sums, summing: { bytesPerChecksum, type } }: Packet): string | undefined {
  if (type === 'none') return undefined;
  const found = joinChecksums([{ bytesPerChecksum, chunksPerBlock: sums.byteLength / CHECKSUM_BYTES, md5: md5(sums) }]);
  remember(place, keyOf(blocks), Promise.resolve(found));
  return found;
}

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();
const keyOf = (blocks: readonly LocatedBlock[]): string => md5(Buffer.from(blocks.map(({ block: { blockId, generationStamp, numBytes } }) => `${blockId}_${generationStamp}_${numBytes ?? 0}`).join())).toString('latin1');

function remember({ checksums }: HdfsPlace, key: string, value: Promise<string | undefined>): void {
  checksums.set(key, value);
  value.catch(() => { checksums.delete(key); });
  const oldest = checksums.keys().next().value;
  if (checksums.size > MOST_REMEMBERED && oldest !== undefined) checksums.delete(oldest);
}

/** Joins what is known of the blocks of a file. */
export function joinChecksums(blocks: readonly BlockChecksum[]): string | undefined {
  const [first] = blocks;
  const size = blocks.length * MD5_BYTES;
  let room = FIRST_BUFFER_BYTES;
  while (room < size) room *= 2;
  const gathered = Buffer.alloc(room);
  for (const [index, block] of blocks.entries()) {
    if (block.bytesPerChecksum !== first?.bytesPerChecksum) return undefined;
    gathered.set(block.md5, index * MD5_BYTES);
  }
  const head = Buffer.alloc(12);
  head.writeUInt32BE(first?.bytesPerChecksum ?? 0);
  head.writeBigUInt64BE(BigInt(blocks.length > 1 ? (first?.chunksPerBlock ?? 0) : 0), 4);
  return Buffer.concat([head, md5(gathered)]).toString('hex');
}

async function blockChecksum(place: HdfsPlace, { block, token, locations }: LocatedBlock, signal: AbortSignal | undefined): Promise<BlockChecksum> {
  const { dataNodes } = place;
  let failure: unknown;
  for (const node of dataNodes.ordered(locations.map((raw) => dataNodes.nodeOf(raw)))) {
    try {
      const { wire, response } = await dataNodes.ask(node, { code: OPERATION.blockChecksum, message: opBlockChecksum.encode({ header: { block, token } }), token }, signal);
      dataNodes.giveBack(node, wire);
      const found = response.checksumResponse;
      if (found?.blockChecksum.byteLength !== MD5_BYTES) throw new TowlineError('UNAVAILABLE', `data node ${wire.name} gave no MD5 of the checksums of a block`);
      return { bytesPerChecksum: found.bytesPerCrc, chunksPerBlock: found.crcPerBlock, md5: Buffer.from(found.blockChecksum) };
    } catch (error) {
      if (!isConnectionFailure(error)) throw error;
      dataNodes.blame(node);
      failure = error;
    }
  }
  throw failure !== undefined ? unreached(failure) : new TowlineError('UNAVAILABLE', `no data node has block ${block.blockId}`, { retryable: true, hint: 'Are its data nodes running? `hdfs fsck` lists blocks that are missing.' });
}

import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import { type BlockWriter, createBlockWriter, type OpenFile } from './block-writer.ts';
import { createPacketBuilder, type PacketBuilder } from './packet-builder.ts';
import { type HdfsPlace, poll } from './place.ts';

/** `CreateFlag`: a new file, kept in copies also where the folder's files are erasure-coded. */
const CREATE = 0x01;
const REPLICATE = 0x80;
/** Begins a block of its own when a file is taken up again, so that no block is shared by two writers. */
const APPEND = 0x04;
const NEW_BLOCK = 0x20;
const OPEN_MODE = 0o666;

/** Makes a new empty file with the folders it needs, open for its first block. */
export async function createFile(place: HdfsPlace, name: string, signal: AbortSignal | undefined): Promise<OpenFile> {
  const { replication, blockSize, summing, mode } = await place.settings();
  const { fs } = await place.nameNode.call('create', {
    src: name, masked: { perm: mode }, unmasked: { perm: OPEN_MODE }, clientName: place.lease.clientName, createFlag: CREATE | REPLICATE, createParent: true, replication, blockSize,
  }, signal);
  return { name, fileId: fs?.fileId ?? 0, summing, signal, last: undefined };
}

/** Opens a closed file for more blocks at its end. */
export async function appendFile(place: HdfsPlace, name: string, signal: AbortSignal | undefined): Promise<OpenFile> {
  const { summing } = await place.settings();
  const { stat, block } = await place.nameNode.call('append', { src: name, clientName: place.lease.clientName, flag: APPEND | NEW_BLOCK }, signal);
  // Hadoop before 2.7 gives the last block, if it is not full, to be gone on with.
  if (block !== undefined && block.locations.length > 0) throw new TowlineError('UNSUPPORTED', 'this cluster cannot append to a file in blocks of their own', { hint: 'It is older than Hadoop 2.7.' });
  return { name, fileId: stat?.fileId ?? 0, summing, signal, last: block?.block };
}

/** Writes all chunks to the end of `file`; resolves with how many bytes, when data nodes have them. */
export async function fillFile(place: HdfsPlace, file: OpenFile, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const { blockSize, packetBytes } = await place.settings();
  let block: BlockWriter | undefined;
  let builder: PacketBuilder | undefined;
  let written = 0;
  const flush = async (full: PacketBuilder): Promise<void> => {
    block ??= createBlockWriter(place, file);
    builder = undefined;
    await block.send(full);
    if (block.size < blockSize) return;
    await block.finish();
    block = undefined;
  };
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.byteLength; ) {
        builder ??= createPacketBuilder(file.summing, packetBytes);
        const room = Math.min(packetBytes, blockSize - (block?.size ?? 0));
        at += builder.add(at === 0 ? chunk : chunk.subarray(at), room);
        if (builder.length === room) await flush(builder);
      }
      written += chunk.byteLength;
      throwIfAborted(file.signal);
    }
    if (builder !== undefined) await flush(builder);
    await block?.finish();
    return written;
  } finally {
    // After a failure; a finished one is closed already.
    block?.end();
  }
}

/** Closes the file. The name node waits until a data node has reported the last block, which may take a moment. */
export async function closeFile(place: HdfsPlace, { name, fileId, last }: OpenFile, signal?: AbortSignal): Promise<void> {
  const isDone = await poll(place, signal, async () => (await place.nameNode.call('complete', { src: name, clientName: place.lease.clientName, last, fileId }, signal)).result);
  if (!isDone) throw new TowlineError('UNAVAILABLE', 'the data nodes did not report the last block of the file', { retryable: true, hint: 'Are they overloaded, or cut off from the name node?' });
}

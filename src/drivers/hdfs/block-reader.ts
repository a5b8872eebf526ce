import { hasCode, TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { DataNode } from './data-nodes.ts';
import { hasClass, isConnectionFailure, unreached } from './errors.ts';
import type { LocatedBlock } from './messages.ts';
import type { HdfsPlace } from './place.ts';
import { type BlockRange, DamagedReplica, type Packet, readReplica } from './replica.ts';

/** Which bytes of a file are read. */
export interface FileRange {
  /** The absolute name on the cluster. */
  readonly name: string;
  readonly blocks: readonly LocatedBlock[];
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal | undefined;
  /** Told of every packet, before it is cut to the range. */
  readonly onPacket?: (packet: Packet) => void;
}

/** The bytes of a range, block by block, each from a copy that has its checksums. */
export async function* readBlocks(place: HdfsPlace, range: FileRange): AsyncGenerator<Uint8Array> {
  for (const located of range.blocks) {
    const length = located.block.numBytes ?? 0;
    const start = Math.max(range.start - located.offset, 0);
    const end = Math.min(range.end - located.offset, length);
    if (start < end) yield* readBlock(place, { located, start, end }, range);
  }
}

/** Goes on with another copy where one fails: its node is gone or silent, or its bytes do not have their checksums. */
async function* readBlock(place: HdfsPlace, { located, start, end }: BlockRange, range: FileRange): AsyncGenerator<Uint8Array> {
  const { dataNodes } = place;
  let current = located;
  let nodes = copiesOf(place, current);
  let position = start;
  let damage: DamagedReplica | undefined;
  let failure: unknown;
  for (let isFresh = false; position < end; ) {
    const node = nodes.shift();
    if (node === undefined) {
      // Blocks move and tokens end while a file is read, so the name node is asked once more.
      const again = isFresh || damage !== undefined ? undefined : await locateAgain(place, current, range);
      if (again === undefined) throw unreadable(range.name, { damage, failure });
      isFresh = true;
      current = again;
      nodes = copiesOf(place, current);
      continue;
    }
    try {
      for await (const packet of readReplica(place, { located: current, start: position, end }, { node, signal: range.signal })) {
        range.onPacket?.(packet);
        const { data, offset } = packet;
        const chunk = data.subarray(position - offset, end - offset);
        position += chunk.byteLength;
        yield chunk;
        throwIfAborted(range.signal);
      }
    } catch (error) {
      throwIfAborted(range.signal);
      if (error instanceof DamagedReplica) {
        damage = error;
        report(place, current, node);
      } else if (!isConnectionFailure(error)) throw error;
      failure = error;
      dataNodes.blame(node);
    }
  }
}

function copiesOf({ dataNodes }: HdfsPlace, { locations }: LocatedBlock): DataNode[] {
  return [...dataNodes.ordered(locations.map((raw) => dataNodes.nodeOf(raw)))];
}

async function locateAgain({ nameNode }: HdfsPlace, { block, offset }: LocatedBlock, { name, signal }: FileRange): Promise<LocatedBlock | undefined> {
  try {
    const { locations } = await nameNode.call('getBlockLocations', { src: name, offset, length: 1 }, signal);
    return locations?.blocks.find((one) => one.block.blockId === block.blockId && one.block.generationStamp === block.generationStamp && one.locations.length > 0);
  } catch (error) {
    // The file is no longer there: what is said is why its bytes could not be read.
    if (hasClass(error, 'FileNotFoundException') || hasCode(error, 'UNAVAILABLE')) return undefined;
    throw error;
  }
}

/** Tells the name node of a damaged copy, so that the cluster makes a good one; nobody waits for that. */
function report({ nameNode, dataNodes }: HdfsPlace, located: LocatedBlock, node: DataNode): void {
  const at = located.locations.findIndex((raw) => dataNodes.nodeOf(raw).uuid === node.uuid);
  const pick = <T>(list: readonly T[]): readonly T[] => list.slice(at, at + 1);
  const copy = { ...located, corrupt: false, locations: pick(located.locations), storageTypes: pick(located.storageTypes), storageIds: pick(located.storageIds) };
  nameNode.call('reportBadBlocks', { blocks: [copy] }).catch(() => undefined);
}

function unreadable(name: string, { damage, failure }: { readonly damage: DamagedReplica | undefined; readonly failure: unknown }): TowlineError {
  if (damage !== undefined) {
    return new TowlineError('CORRUPT', `no copy of a block of '${name}' is whole: ${damage.message}`, { cause: failure, hint: 'Push the object again from where it still is; `hdfs fsck` lists what else is damaged.' });
  }
  if (failure !== undefined) return unreached(failure);
  return new TowlineError('UNAVAILABLE', `no data node has a block of '${name}'`, { retryable: true, hint: 'Are its data nodes running? `hdfs fsck` lists blocks that are missing.' });
}

import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Summing } from './checksums.ts';
import { hasClass, RemoteException, unreached } from './errors.ts';
import type { ExtendedBlock, LocatedBlock } from './messages.ts';
import { emptyPacket, type OutgoingPacket, type PacketBuilder } from './packet-builder.ts';
import { openPipeline, type Pipeline, PipelineFailure, type Seat } from './pipeline.ts';
import { type HdfsPlace, poll } from './place.ts';
import { STAGE } from './transfer-messages.ts';

/** A file that is being written. */
export interface OpenFile {
  readonly name: string;
  readonly fileId: number;
  readonly summing: Summing;
  readonly signal: AbortSignal | undefined;
  /** The last block so far; the name node wants to hear of it with each step. */
  last: ExtendedBlock | undefined;
}
/** One block on its way to its data nodes. */
export interface BlockWriter {
  /** Bytes given so far. */
  readonly size: number;
  /** Resolves when there is room for more. Rejects when no data node is left. */
  send(builder: PacketBuilder): Promise<void>;
  /** Resolves when all data nodes have the whole block. */
  finish(): Promise<void>;
  /** Lets go of the connection. */
  end(): void;
}

/** Packets that are kept until all data nodes have them: 4 MB, enough for 100 MB/s at 40 ms. */
const MOST_UNDERWAY = 64;
/** Failures in a row that brought no byte further. */
const MOST_FAILURES = 5;

interface Writing extends Progress {
  readonly place: HdfsPlace;
  readonly file: OpenFile;
  /** Data nodes that failed, which the name node must not choose again. */
  readonly excluded: Map<string, Uint8Array>;
  /** What not all data nodes have yet, in order. */
  queue: OutgoingPacket[];
  located: LocatedBlock | undefined;
  seats: readonly Seat[];
  pipeline: Pipeline | undefined;
  failure: PipelineFailure | undefined;
  failures: number;
}
/** How far the block has come. */
interface Progress {
  nextSeqno: number;
  taken: number;
  given: number;
  isClosing: boolean;
  wake: () => void;
}

/** Begins the next block of `file`. Nothing is asked before the first bytes are there. */
export function createBlockWriter(place: HdfsPlace, file: OpenFile): BlockWriter {
  const writing: Writing = {
    place, file, excluded: new Map(), queue: [], located: undefined, seats: [], pipeline: undefined, failure: undefined, failures: 0, nextSeqno: 0, taken: 0, given: 0, isClosing: false, wake: () => undefined,
  };
  const add = async (packet: OutgoingPacket): Promise<void> => {
    writing.nextSeqno += 1;
    writing.given += packet.length;
    writing.queue.push(packet);
    if (writing.pipeline !== undefined && writing.failure === undefined) writing.pipeline.send(packet);
    else await restore(writing);
  };
  return {
    get size() { return writing.given; },
    async send(builder) {
      await add(builder.finish({ seqno: writing.nextSeqno, offset: writing.given }));
      await untilQueued(writing, MOST_UNDERWAY - 1);
    },
    async finish() {
      // The end is sent when everything before it has arrived: only then can a failure be told from one in the middle.
      await untilQueued(writing, 0);
      writing.isClosing = true;
      await add(emptyPacket({ seqno: writing.nextSeqno, offset: writing.given, isLast: true }));
      await untilQueued(writing, 0);
      writing.pipeline?.end();
      const { located } = writing;
      if (located !== undefined) file.last = { ...located.block, numBytes: writing.given };
    },
    end() { writing.pipeline?.end(); },
  };
}

/** Waits until at most `count` packets are not yet everywhere, mending the pipeline meanwhile. */
async function untilQueued(writing: Writing, count: number): Promise<void> {
  for (;;) {
    throwIfAborted(writing.file.signal);
    if (writing.failure !== undefined) await restore(writing);
    else if (writing.queue.length <= count) return;
    else await new Promise<void>((resolve) => { writing.wake = resolve; });
  }
}

/** Makes a pipeline that works: a new block as long as no data node has confirmed anything, else the same block with the data nodes that are left. */
async function restore(writing: Writing): Promise<void> {
  for (;;) {
    throwIfAborted(writing.file.signal);
    if (writing.failure !== undefined) leaveOut(writing, writing.failure);
    try {
      if (writing.taken > 0 && writing.located !== undefined) await recover(writing, writing.located);
      else await startAnew(writing);
      return;
    } catch (error) {
      throwIfAborted(writing.file.signal);
      if (!(error instanceof PipelineFailure)) throw error;
      writing.failure = error;
    }
  }
}

/** Drops the data node that failed. Throws what it failed with when it is enough. */
function leaveOut(writing: Writing, failure: PipelineFailure): void {
  writing.failures += 1;
  const { bad } = failure;
  const seat = bad === undefined ? undefined : writing.seats[bad];
  if (seat !== undefined) {
    writing.excluded.set(seat.node.uuid, seat.node.raw);
    writing.place.dataNodes.blame(seat.node);
    writing.seats = writing.seats.filter((one) => one !== seat);
  }
  const isLost = writing.taken > 0 && writing.seats.length === 0;
  if (isLost || writing.failures > MOST_FAILURES) throw failure.cause;
}

async function startAnew(writing: Writing): Promise<void> {
  const { place: { nameNode, lease, dataNodes }, file } = writing;
  const { name, fileId, signal } = file;
  if (writing.located !== undefined) await nameNode.call('abandonBlock', { block: writing.located.block, src: name, holder: lease.clientName, fileId }, signal);
  writing.located = await addBlock(writing);
  const { locations, storageTypes, storageIds } = writing.located;
  writing.seats = locations.map((raw, index) => ({ node: dataNodes.nodeOf(raw), storageType: storageTypes[index] ?? 1, storageId: storageIds[index] ?? '' }));
  const { block, token } = writing.located;
  sendAgain(writing, await connect(writing, { block, token, generationStamp: block.generationStamp, stage: STAGE.create }));
}

/** The name node believes in a dead data node for ten minutes, so it is told which not to choose: all that failed lately, or where it has no others those that failed with this block. */
async function addBlock(writing: Writing): Promise<LocatedBlock> {
  const { excluded, place: { dataNodes } } = writing;
  const lately = dataNodes.blamed();
  try {
    return await askForBlock(writing, lately);
  } catch (error) {
    if (!(error instanceof RemoteException)) throw error;
    if (lately.length > excluded.size) return await askForBlock(writing, [...excluded.values()]);
    // Why those it had did not do says more than that there are no others.
    throw writing.failure === undefined ? error : unreached(writing.failure.cause);
  }
}

/** The name node gives the next block only when the one before has been reported to it by a data node. */
async function askForBlock({ place, file: { name, fileId, last, signal } }: Writing, excludeNodes: readonly Uint8Array[]): Promise<LocatedBlock> {
  let located: LocatedBlock | undefined;
  let refusal: unknown;
  await poll(place, signal, async () => {
    try {
      located = (await place.nameNode.call('addBlock', { src: name, clientName: place.lease.clientName, previous: last, excludeNodes, fileId }, signal)).block;
      return true;
    } catch (error) {
      if (!hasClass(error, 'NotReplicatedYetException')) throw error;
      refusal = error;
      return false;
    }
  });
  if (located === undefined) throw refusal;
  return located;
}

/** Goes on with the block on the data nodes that are left, under a new generation: what the lost one still has of it is then known to be old. */
async function recover(writing: Writing, located: LocatedBlock): Promise<void> {
  const { place: { nameNode, lease }, file, seats, taken } = writing;
  const { clientName } = lease;
  const block = { ...located.block, numBytes: taken };
  const { block: next } = await nameNode.call('updateBlockForPipeline', { block, clientName }, file.signal);
  const generationStamp = next.block.generationStamp;
  const pipeline = await connect(writing, { block, token: next.token, generationStamp, stage: writing.isClosing ? STAGE.closeRecovery : STAGE.streamingRecovery });
  // A block that was being closed is closed by being recovered, and so is the connection.
  if (writing.isClosing) pipeline.end();
  const newBlock = { ...block, generationStamp };
  await nameNode.call('updatePipeline', { clientName, oldBlock: block, newBlock, newNodes: seats.map(({ node }) => node.id), storageIds: seats.map(({ storageId }) => storageId) }, file.signal);
  writing.located = { ...located, block: newBlock, token: next.token };
  if (writing.isClosing) writing.queue = [];
  else sendAgain(writing, pipeline);
}

type Connecting = Pick<Parameters<typeof openPipeline>[1], 'block' | 'token' | 'generationStamp' | 'stage'>;

async function connect(writing: Writing, connecting: Connecting): Promise<Pipeline> {
  const { place, file, seats, taken, given } = writing;
  writing.pipeline?.end();
  writing.pipeline = undefined;
  writing.failure = undefined;
  const onFailure = (failure: PipelineFailure): void => {
    writing.failure = failure;
    writing.wake();
  };
  return await openPipeline(place, { ...connecting, seats, taken, sent: given, summing: file.summing, signal: file.signal }, {
    onTaken(seqno) {
      const [first] = writing.queue;
      if (first?.seqno !== seqno) return onFailure(new PipelineFailure(undefined, new TowlineError('UNAVAILABLE', 'the data nodes confirmed what was not sent', { retryable: true })));
      writing.queue.shift();
      writing.taken = first.offset + first.length;
      writing.failures = 0;
      writing.wake();
    },
    onFailure,
  });
}

/** Sends what was not confirmed, and from now on what comes. */
function sendAgain(writing: Writing, pipeline: Pipeline): void {
  writing.pipeline = pipeline;
  for (const packet of writing.queue) pipeline.send(packet);
}

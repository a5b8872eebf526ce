import { TowlineError } from '../../errors.ts';
import { CHECKSUM_TYPES, type Summing } from './checksums.ts';
import { type DataNode, endOnAbort, readResponse } from './data-nodes.ts';
import { connectionLost, isConnectionFailure } from './errors.ts';
import type { ExtendedBlock } from './messages.ts';
import { emptyPacket, HEARTBEAT, type OutgoingPacket } from './packet-builder.ts';
import type { HdfsPlace } from './place.ts';
import { OPERATION, opWriteBlock, pipelineAck, STATUS } from './transfer-messages.ts';
import { readDelimited, type Wire } from './wire.ts';

/** Data nodes that hand a block on to each other; the first is connected to us. */
export interface Pipeline {
  send(packet: OutgoingPacket): void;
  end(): void;
}
/** One of the data nodes failed. */
export class PipelineFailure extends Error {
  override readonly name: string = 'PipelineFailure';
  /** Which one, by its place in the pipeline; undefined where that is not known. */
  readonly bad: number | undefined;
  constructor(bad: number | undefined, cause: unknown) {
    super('a data node failed while a block was written', { cause });
    this.bad = bad;
  }
}
/** A data node, and the disk of it that the name node chose. */
export interface Seat { readonly node: DataNode; readonly storageType: number; readonly storageId: string }
export interface PipelineRequest {
  readonly seats: readonly Seat[];
  /** As the data nodes know it: with the generation before a recovery. */
  readonly block: ExtendedBlock;
  readonly token: Uint8Array;
  readonly generationStamp: number;
  readonly stage: number;
  /** Bytes that all have, and that any may have. */
  readonly taken: number;
  readonly sent: number;
  readonly summing: Summing;
  readonly signal: AbortSignal | undefined;
}
/** Who is told what comes back. After a failure nothing more does. */
export interface PipelineListener { onTaken(seqno: number): void; onFailure(failure: PipelineFailure): void }

/** Each data node beyond the first may take so much longer. */
const PATIENCE_PER_NODE_MS = 5000;
/** A data node takes a writer for dead after 60 s of silence. */
const MOST_HEARTBEAT_MS = 20_000;

/** Connects the data nodes; rejects with PipelineFailure when one of them cannot be. */
export async function openPipeline(place: HdfsPlace, request: PipelineRequest, listener: PipelineListener): Promise<Pipeline> {
  const { seats, signal } = request;
  const [first, ...rest] = seats;
  if (first === undefined) throw new PipelineFailure(undefined, new TowlineError('UNAVAILABLE', 'no data node is left to write to', { retryable: true }));
  const patienceMs = place.patienceMs + PATIENCE_PER_NODE_MS * rest.length;
  const wire = await place.dataNodes.begin(first.node, { code: OPERATION.writeBlock, message: operationOf(place, request), token: request.token }, signal).catch((error: unknown) => { throw failureAt(0, error); });
  const unlink = endOnAbort(wire, signal);
  try {
    const { status, firstBadLink = '', message = '' } = await readResponse(wire, patienceMs);
    if (status !== STATUS.success) {
      const bad = firstBadLink === '' ? 0 : Math.max(seats.findIndex(({ node }) => node.transferName === firstBadLink), 0);
      const words = `data node ${seats[bad]?.node.transferName ?? ''} did not take the block${message === '' ? ` (status ${status})` : `: ${message}`}`;
      throw new PipelineFailure(status === STATUS.accessToken ? undefined : bad, new TowlineError('UNAVAILABLE', words, { retryable: true }));
    }
  } catch (error) {
    unlink();
    wire.end();
    throw error instanceof PipelineFailure ? error : failureAt(0, error);
  }
  return running(wire, { patienceMs, unlink, listener });
}

/** A failure to connect is the first node's; anything else (the caller gave up) is no failure of a node. */
function failureAt(bad: number, error: unknown): unknown {
  return isConnectionFailure(error) ? new PipelineFailure(bad, error) : error;
}

function operationOf({ lease }: HdfsPlace, { seats, block, token, generationStamp, stage, taken, sent, summing }: PipelineRequest): Buffer {
  const [first, ...rest] = seats;
  return opWriteBlock.encode({
    header: { baseHeader: { block, token }, clientName: lease.clientName },
    targets: rest.map(({ node }) => node.raw), stage, pipelineSize: seats.length, minBytesRcvd: taken, maxBytesRcvd: sent, latestGenerationStamp: generationStamp,
    requestedChecksum: { type: CHECKSUM_TYPES.indexOf(summing.type), bytesPerChecksum: summing.bytesPerChecksum },
    storageType: first?.storageType, targetStorageTypes: rest.map(({ storageType }) => storageType),
    storageId: first?.storageId, targetStorageIds: rest.map(({ storageId }) => storageId),
  });
}

interface Running { readonly patienceMs: number; readonly unlink: () => void; readonly listener: PipelineListener }

function running(wire: Wire, { patienceMs, unlink, listener }: Running): Pipeline {
  let isOver = false;
  let isSent = false;
  const end = (): void => {
    isOver = true;
    clearInterval(beating);
    unlink();
    wire.end();
  };
  // While the source is slow the data nodes are told that the writer lives, and tell it that they do.
  const beating = setInterval(() => {
    if (!isSent) wire.write(emptyPacket({ seqno: HEARTBEAT, offset: 0 }).frame);
    isSent = false;
  }, Math.min(patienceMs / 3, MOST_HEARTBEAT_MS));
  const listen = async (): Promise<void> => {
    while (!isOver) {
      const { seqno, reply } = pipelineAck.decode(await readDelimited(wire, patienceMs));
      // The last one that failed: those before it only could not reach it.
      const bad = reply.findLastIndex((status) => status !== STATUS.success);
      if (bad >= 0) throw new PipelineFailure(bad, new TowlineError('UNAVAILABLE', `a data node could not store a part of a block (status ${reply[bad] ?? -1})`, { retryable: true }));
      if (seqno !== HEARTBEAT) listener.onTaken(seqno);
    }
  };
  listen().catch((error: unknown) => {
    if (isOver) return;
    end();
    listener.onFailure(error instanceof PipelineFailure ? error : new PipelineFailure(0, isConnectionFailure(error) ? error : connectionLost(wire.name, error)));
  });
  return {
    send({ frame }) {
      isSent = true;
      wire.write(frame);
    },
    end,
  };
}

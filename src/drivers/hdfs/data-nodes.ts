import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { abortedError, onAbort } from '../../storage/call.ts';
import { logInToDataNode } from './data-login.ts';
import { connectionLost, isConnectionFailure } from './errors.ts';
import { datanodeId, datanodeInfo } from './messages.ts';
import { delimited, type MessageOf } from './protobuf.ts';
import { blockOpResponse, STATUS, TRANSFER_VERSION } from './transfer-messages.ts';
import { type OpenWire, readDelimited, type Wire } from './wire.ts';

/** A data node as the name node names it. */
export interface DataNode {
  readonly host: string;
  readonly port: number;
  readonly uuid: string;
  /** What the name node sent, to be handed back: the whole, and the part that is its identity. */
  readonly raw: Uint8Array;
  readonly id: Uint8Array;
  /** How other data nodes call it: 'ip:port'. */
  readonly transferName: string;
}
type BlockOpResponse = MessageOf<typeof blockOpResponse>;
export interface Exchange { readonly wire: Wire; readonly response: BlockOpResponse }

/** Connections to data nodes. */
export interface DataNodes {
  nodeOf(raw: Uint8Array): DataNode;
  /** A new connection with an operation sent on it. */
  begin(node: DataNode, operation: Operation, signal: AbortSignal | undefined): Promise<Wire>;
  /** Asks on a new or resting connection; refusals are errors. */
  ask(node: DataNode, operation: Operation, signal: AbortSignal | undefined): Promise<Exchange>;
  /** The operation is over, and the connection may serve another. */
  giveBack(node: DataNode, wire: Wire): void;
  /** The node did not answer: for a while others come first. */
  blame(node: DataNode): void;
  /** Those that did not, as the name node names them. */
  blamed(): readonly Uint8Array[];
  /** Those that answered last come first. */
  ordered(nodes: readonly DataNode[]): readonly DataNode[];
  close(): void;
}
/** What is asked, and the token of the block it is about. */
export interface Operation { readonly code: number; readonly message: Uint8Array; readonly token: Uint8Array }
export interface DataNodeSettings extends Pick<Runtime, 'now' | 'randomBytes'> {
  readonly openWire: OpenWire;
  readonly connectMs: number;
  readonly patienceMs: number;
  readonly useHostname: () => boolean;
  /** Data nodes want to be logged in to. */
  readonly wantsLogin: () => boolean;
}
/** A data node that listens here belongs to root, which is proof enough for Hadoop. */
const PRIVILEGED_PORTS = 1024;

/** A data node closes a connection that rests for 4 s (`dfs.datanode.socket.reuse.keepalive`). */
const REST_MS = 3000;
const MOST_RESTING = 16;
const BLAME_MS = 60_000;

/** The connections of one remote. */
export function createDataNodes({ openWire, connectMs, patienceMs, useHostname, wantsLogin, now, randomBytes }: DataNodeSettings): DataNodes {
  const resting = new Map<string, { readonly wire: Wire; readonly since: number }[]>();
  const blamed = new Map<string, { readonly raw: Uint8Array; readonly until: number }>();

  const takeResting = (node: DataNode): Wire | undefined => {
    const list = resting.get(node.uuid) ?? [];
    for (let one = list.pop(); one !== undefined; one = list.pop()) {
      if (one.wire.isOpen && now() - one.since < REST_MS) {
        one.wire.rest(false);
        return one.wire;
      }
      one.wire.end();
    }
    return undefined;
  };
  const connect = async ({ host, port }: DataNode, { token }: Operation, signal: AbortSignal | undefined): Promise<Wire> => {
    const wire = await openWire({ host, port, patienceMs: connectMs, signal });
    if (!wantsLogin() || port < PRIVILEGED_PORTS) return wire;
    const unlink = endOnAbort(wire, signal);
    try {
      await logInToDataNode(wire, { token, patienceMs, randomBytes });
      return wire;
    } catch (error) {
      wire.end();
      throw error;
    } finally {
      unlink();
    }
  };

  return {
    nodeOf: (raw) => nodeOf(raw, useHostname()),
    async begin(node, operation, signal) {
      const wire = await connect(node, operation, signal);
      send(wire, operation);
      return wire;
    },
    async ask(node, operation, signal) {
      const rested = takeResting(node);
      if (rested !== undefined) {
        try {
          return await exchange(rested, { operation, patienceMs, signal });
        } catch (error) {
          // It may have been closed just now.
          if (!isConnectionFailure(error)) throw error;
        }
      }
      return await exchange(await connect(node, operation, signal), { operation, patienceMs, signal });
    },
    giveBack({ uuid }, wire) {
      const list = resting.get(uuid) ?? [];
      resting.set(uuid, list);
      if (!wire.isOpen || list.length >= MOST_RESTING) return wire.end();
      wire.rest(true);
      list.push({ wire, since: now() });
    },
    blame({ uuid, raw }) { blamed.set(uuid, { raw, until: now() + BLAME_MS }); },
    blamed: () => [...blamed.values()].filter(({ until }) => until > now()).map(({ raw }) => raw),
    ordered(nodes) {
      const isBlamed = ({ uuid }: DataNode): boolean => (blamed.get(uuid)?.until ?? 0) > now();
      return [...nodes.filter((node) => !isBlamed(node)), ...nodes.filter(isBlamed)];
    },
    close() {
      for (const { wire } of [...resting.values()].flat()) wire.end();
      resting.clear();
    },
  };
}

function nodeOf(raw: Uint8Array, useHostname: boolean): DataNode {
  const { id } = datanodeInfo.decode(raw);
  const { ipAddr, hostName, xferPort, datanodeUuid } = datanodeId.decode(id);
  return { host: useHostname ? hostName : ipAddr, port: xferPort, uuid: datanodeUuid, raw, id, transferName: `${ipAddr}:${xferPort}` };
}

function send(wire: Wire, { code, message }: Operation): void {
  const head = Buffer.alloc(3);
  head.writeUInt16BE(TRANSFER_VERSION);
  head.writeUInt8(code, 2);
  wire.write(head, delimited(message));
}

async function exchange(wire: Wire, { operation, patienceMs, signal }: { readonly operation: Operation; readonly patienceMs: number; readonly signal: AbortSignal | undefined }): Promise<Exchange> {
  const unlink = endOnAbort(wire, signal);
  try {
    send(wire, operation);
    const response = await readResponse(wire, patienceMs);
    refuse(wire, response);
    return { wire, response };
  } catch (error) {
    wire.end();
    throw error;
  } finally {
    unlink();
  }
}

/** Closes the connection when the caller gives up; what comes back takes that back. */
export function endOnAbort(wire: Wire, signal: AbortSignal | undefined): () => void {
  return signal === undefined ? () => undefined : onAbort(signal, () => { wire.end(abortedError(signal)); });
}

/** What a data node answers to an operation. */
export async function readResponse(wire: Wire, patienceMs: number): Promise<BlockOpResponse> {
  try {
    return blockOpResponse.decode(Buffer.from(await readDelimited(wire, patienceMs)));
  } catch (error) {
    if (!(error instanceof TowlineError) || !wire.isOpen || error.code !== 'CORRUPT') throw error;
    throw connectionLost(wire.name, error);
  }
}

/** Throws what a data node refuses with; another node may do it. */
function refuse(wire: Wire, { status, message }: BlockOpResponse): void {
  if (status === STATUS.success) return;
  const why = status === STATUS.accessToken ? 'the access token of the block is not valid' : (message ?? '') === '' ? `status ${status}` : message;
  throw new TowlineError('UNAVAILABLE', `data node ${wire.name} refused: ${why}`, { retryable: true });
}

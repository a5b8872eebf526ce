import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { connectionLost, RemoteException, silent } from './errors.ts';
import { connectionContext, requestHeader, rpcRequestHeader, rpcResponseHeader } from './messages.ts';
import { ByteReader, delimited } from './protobuf.ts';
import type { Wire } from './wire.ts';

/** One call as it goes over the wire. The same number with the same client is the same call: the name node does it once. */
export interface RpcCall { readonly callId: number; readonly retryCount: number; readonly method: string; readonly request: Uint8Array }
/** One connection to a name node, on which many calls are under way at once. */
export interface RpcConnection {
  /** The answer's bytes; RemoteException when the name node refuses, UNAVAILABLE or TIMEOUT when the connection is gone. */
  call(call: RpcCall): Promise<Buffer>;
  readonly isOpen: boolean;
  end(reason?: Error): void;
}
/** How a connection says who it is. */
export interface Authentication {
  /** The byte in the connection's header: 0 believes the name that is given, 0xdf is SASL. */
  readonly protocol: number;
  /** Resolves with the user to be named in the context, where that is not clear from the login. */
  run(frames: Frames): Promise<string | undefined>;
}
/** Sends and takes single messages before calls are made. */
export interface Frames { send(callId: number, message: Uint8Array): void; receive(): Promise<{ readonly callId: number; readonly body: Buffer }> }
export interface RpcSettings extends Pick<Runtime, 'now'> {
  readonly clientId: Uint8Array;
  readonly authentication: Authentication;
  /** How long the name node may be silent while something is asked. */
  readonly patienceMs: number;
}

const VERSION = 9;
const PROTOCOL = 'org.apache.hadoop.hdfs.protocol.ClientProtocol';
const PROTOCOL_VERSION = 1;
const PROTOCOL_BUFFERS = 2;
/** Numbers of messages that are no calls. */
export const CALL_ID = { context: -3, ping: -4, sasl: -33 } as const;
const FATAL = 2;
/** How often a name node that is being waited for is pinged, so that a dead connection shows. */
const PINGS = 4;

/** Shakes hands over `wire`, which belongs to the connection from now on. */
export async function openRpcConnection(wire: Wire, settings: RpcSettings): Promise<RpcConnection> {
  const { authentication, clientId, patienceMs } = settings;
  const frameOf = (header: { readonly callId: number; readonly retryCount: number }, ...parts: readonly Uint8Array[]): Buffer =>
    framed([rpcRequestHeader.encode({ rpcKind: PROTOCOL_BUFFERS, rpcOp: 0, clientId, ...header }), ...parts]);
  const plain = (callId: number, message: Uint8Array): Buffer => frameOf({ callId, retryCount: -1 }, message);

  try {
    wire.write(Buffer.from([...Buffer.from('hrpc'), VERSION, 0, authentication.protocol]));
    const effectiveUser = await authentication.run({
      send: (callId, message) => { wire.write(plain(callId, message)); },
      async receive() {
        const frame = await readFrame(wire, patienceMs);
        if (frame.failure) throw frame.failure;
        return frame;
      },
    });
    wire.write(plain(CALL_ID.context, connectionContext.encode({ userInfo: { effectiveUser }, protocol: PROTOCOL })));
    return multiplex(wire, settings, {
      call: ({ callId, retryCount, method, request }) => {
        const header = requestHeader.encode({ methodName: method, declaringClassProtocolName: PROTOCOL, clientProtocolVersion: PROTOCOL_VERSION });
        wire.write(frameOf({ callId, retryCount }, header, request));
      },
      ping: () => { wire.write(frameOf({ callId: CALL_ID.ping, retryCount: -1 })); },
    });
  } catch (error) {
    wire.end();
    throw error;
  }
}

/** Parts with their lengths, and the length of all before them. */
function framed(parts: readonly Uint8Array[]): Buffer {
  const pieces = parts.map(delimited);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  return Buffer.concat([length, ...pieces]);
}

/** One message of the server: a length, a header that says how it went, and the answer. */
interface Frame { readonly callId: number; readonly body: Buffer; readonly failure?: RemoteException; readonly isFatal: boolean }

async function readFrame(wire: Wire, patienceMs = 0): Promise<Frame> {
  const reader = new ByteReader(Buffer.from(await wire.read((await wire.read(4, patienceMs)).readUInt32BE(), patienceMs)));
  const header = rpcResponseHeader.decode(reader.take(reader.varint()));
  // The numbers of messages that are no calls are negative, and come back without their sign.
  const callId = header.callId | 0;
  if (header.status !== 0) {
    const failure = new RemoteException(header.exceptionClassName ?? 'unknown', header.errorMsg ?? '');
    return { callId, failure, body: Buffer.alloc(0), isFatal: header.status === FATAL };
  }
  return { callId, body: reader.hasMore() ? reader.take(reader.varint()) : Buffer.alloc(0), isFatal: false };
}

interface Waiting { resolve(body: Buffer): void; reject(error: Error): void }

function multiplex(wire: Wire, { now, patienceMs }: RpcSettings, out: { call(call: RpcCall): void; ping(): void }): RpcConnection {
  const waiting = new Map<number, Waiting>();
  let failure: Error | undefined;
  let heardAt = now();
  let timer: NodeJS.Timeout | undefined;

  const fail = (error: Error): void => {
    failure ??= error;
    clearInterval(timer);
    wire.end(failure);
    for (const one of waiting.values()) one.reject(failure);
    waiting.clear();
  };
  const watch = (): void => {
    if (now() - heardAt > patienceMs) fail(silent(wire.name));
    else out.ping();
  };
  const settle = ({ callId, body, failure: refusal, isFatal }: Frame): void => {
    heardAt = now();
    if (isFatal && refusal) return fail(refusal);
    const one = waiting.get(callId);
    if (one === undefined) return;
    waiting.delete(callId);
    if (waiting.size === 0) {
      clearInterval(timer);
      wire.rest(true);
    }
    if (refusal) one.reject(refusal);
    else one.resolve(body);
  };
  const listen = async (): Promise<never> => { for (;;) settle(await readFrame(wire)); };
  listen().catch((error: unknown) => { fail(error instanceof TowlineError ? error : connectionLost(wire.name, error)); });
  wire.rest(true);

  return {
    async call(call) {
      if (failure) throw failure;
      return await new Promise<Buffer>((resolve, reject) => {
        if (waiting.size === 0) {
          heardAt = now();
          wire.rest(false);
          timer = setInterval(watch, patienceMs / PINGS);
        }
        waiting.set(call.callId, { resolve, reject });
        out.call(call);
      });
    },
    get isOpen() { return failure === undefined; },
    end: (reason) => { fail(reason ?? new TowlineError('ABORTED', 'the connection was closed')); },
  };
}

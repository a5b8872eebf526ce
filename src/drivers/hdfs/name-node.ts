import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { abortable, throwIfAborted } from '../../storage/call.ts';
import { hasClass, isConnectionFailure } from './errors.ts';
import { type Method, METHODS } from './messages.ts';
import type { Message, MessageOf, RequestOf } from './protobuf.ts';
import type { RpcCall, RpcConnection } from './rpc-connection.ts';

/** A host and a port. */
export interface Endpoint { readonly host: string; readonly port: number }
type Asked<M extends Method> = RequestOf<(typeof METHODS)[M]['request']>;
type Answered<M extends Method> = MessageOf<(typeof METHODS)[M]['response']>;

/** The file system's names: the active one of the name nodes. */
export interface NameNode {
  /** Rejects with RemoteException when it is refused. */
  call<M extends Method>(method: M, request: Asked<M>, signal?: AbortSignal): Promise<Answered<M>>;
  close(): void;
}
export interface NameNodeSettings extends Pick<Runtime, 'wait'> {
  /** All name nodes, of which one is active. */
  readonly endpoints: () => readonly Endpoint[];
  readonly connect: (endpoint: Endpoint) => Promise<RpcConnection>;
}

/** While a cluster fails over, all its name nodes are in standby for some seconds: 0.5, 1, 2, 4 and 8 s of waiting, one after the other. */
const ROUNDS = 6;
const FIRST_PAUSE_MS = 500;

/**
 * One connection to the active name node, made at the first call and again after it was lost. Which one is active is found by asking: the others
 * refuse. A call whose answer was lost is asked again under its old number, so that a change is made once (the name node's "retry cache").
 */
export function createNameNode({ endpoints, connect, wait }: NameNodeSettings): NameNode {
  const connections = new Map<string, Promise<RpcConnection>>();
  let active = 0;
  let lastCallId = 0;
  let isClosed = false;

  const connected = async (endpoint: Endpoint): Promise<RpcConnection> => {
    const key = `${endpoint.host}:${endpoint.port}`;
    const known = connections.get(key);
    if (known !== undefined) {
      const connection = await known.catch(() => undefined);
      if (connection?.isOpen === true) return connection;
      if (connections.get(key) !== known) return await connected(endpoint);
    }
    if (isClosed) throw new TowlineError('ABORTED', 'the remote was closed');
    const made = connect(endpoint);
    connections.set(key, made);
    made.catch(() => { if (connections.get(key) === made) connections.delete(key); });
    return await made;
  };
  const askOnce = async (call: RpcCall, endpoint: Endpoint, signal: AbortSignal | undefined): Promise<Buffer> =>
    await abortable(connected(endpoint).then(async (connection) => await connection.call(call)), signal);

  const ask = async (call: Omit<RpcCall, 'retryCount'>, signal: AbortSignal | undefined): Promise<Buffer> => {
    const all = endpoints();
    const most = all.length === 1 ? 2 : all.length * ROUNDS;
    for (let tried = 0; ; tried += 1) {
      throwIfAborted(signal);
      const at = active % all.length;
      const endpoint = all[at];
      if (endpoint === undefined) throw new TowlineError('INVALID_CONFIG', 'the cluster has no name node');
      try {
        return await askOnce({ ...call, retryCount: tried === 0 ? -1 : tried }, endpoint, signal);
      } catch (error) {
        if (tried + 1 >= most || !mayAskAgain(error, all.length)) throw error;
        // Many calls meet the same refusal; the first of them turns to the next.
        if (active % all.length === at) active = (at + 1) % all.length;
        if (all.length > 1 && (tried + 1) % all.length === 0) await wait(FIRST_PAUSE_MS * 2 ** ((tried + 1) / all.length - 1), signal);
      }
    }
  };
  return {
    async call(method, request, signal) {
      // The table gives each method its own types; TypeScript cannot follow one of many through an index.
      const table = METHODS[method] as unknown as { readonly request: Pick<Message<never>, 'encode'>; readonly response: Pick<Message<never>, 'decode'> };
      lastCallId = (lastCallId + 1) % 0x7fffffff;
      return table.response.decode(await ask({ callId: lastCallId, method, request: table.request.encode(request as never) }, signal)) as Awaited<ReturnType<NameNode['call']>> as never;
    },
    close() {
      isClosed = true;
      for (const one of connections.values()) void one.then((connection) => { connection.end(); }, () => undefined);
      connections.clear();
    },
  };
}

function mayAskAgain(error: unknown, count: number): boolean {
  if (count > 1 && hasClass(error, 'StandbyException', 'ObserverRetryOnActiveException', 'RetriableException')) return true;
  if (!isConnectionFailure(error)) return false;
  // A single name node that takes no connection is for the layer above to wait for; one that lost a connection is asked again at once.
  return count > 1 || (error instanceof TowlineError && error.message.startsWith('the connection to'));
}

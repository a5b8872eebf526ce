import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { HOST } from '../../servers/server.ts';
import type { HttpFault } from './fault.ts';
import { bodyOf, createInlet, type Head, type Inlet } from './inlet.ts';

/** Which requests a fault strikes. */
export interface Strike {
  readonly fault: HttpFault;
  /** Only the first request that fits, or every one. */
  readonly times: 'once' | 'always';
  fits(method: string, target: string): boolean;
}
export interface FaultProxy {
  readonly port: number;
  arm(strike: Strike | undefined): void;
  /** How often the armed fault struck. */
  struck(): number;
  stop(): Promise<void>;
}

/** A TCP proxy before a web server, which knows where requests and answers begin and end. Connections to it are as many as to the server. */
export async function startHttpProxy(serverPort: number): Promise<FaultProxy> {
  let armed: Strike | undefined;
  let struck = 0;
  const take = ([method = '', target = '']: readonly string[]): HttpFault | undefined => {
    if (!armed?.fits(method, target) || (armed.times === 'once' && struck > 0)) return undefined;
    struck++;
    return armed.fault;
  };
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    socket.setNoDelay(true);
    open.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = connect(serverPort, HOST);
    [client, upstream].forEach(keep);
    void relay({ client, upstream, take, miss: () => { struck--; } }).finally(() => { [client, upstream].forEach((socket) => socket.destroy()); });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    arm: (strike) => { [armed, struck] = [strike, 0]; },
    struck: () => struck,
    async stop() {
      open.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

interface Wires {
  readonly client: Socket;
  readonly upstream: Socket;
  take(start: readonly string[]): HttpFault | undefined;
  /** The answer had nothing that the fault could change. */
  miss(): void;
}

async function relay({ client, upstream, take, miss }: Wires): Promise<void> {
  const [asked, answered] = [createInlet(client), createInlet(upstream)];
  for (let head = await asked.head(); head; head = await asked.head()) {
    const fault = take(head.start);
    if (fault?.kind === 'answer') return await answer(client, fault, { asked, head });
    upstream.write(head.bytes);
    const body = sendBody(bodyOf(asked, head, { endsWithConnection: false }), upstream, fault);
    if (fault?.kind === 'reset-request') {
      await body;
      client.resetAndDestroy();
      return;
    }
    if (!(await passAnswer(client, answered, { method: head.start[0] ?? '', fault, miss }))) return;
    await body;
  }
}

async function sendBody(body: AsyncIterable<Buffer>, upstream: Socket, fault: HttpFault | undefined): Promise<void> {
  let left = fault?.kind === 'reset-request' ? fault.after : Number.POSITIVE_INFINITY;
  for await (const part of body) {
    await write(upstream, part.subarray(0, left));
    left -= part.length;
    if (left <= 0) return;
  }
}

/** False when the connection is over. */
async function passAnswer(client: Socket, answered: Inlet, { method, fault, miss }: Pick<Wires, 'miss'> & { readonly method: string; readonly fault: HttpFault | undefined }): Promise<boolean> {
  let head = await answered.head();
  for (; head && /^1\d\d$/.test(head.start[1] ?? ''); head = await answered.head()) client.write(head.bytes);
  if (!head) return false;
  const status = Number(head.start[1]);
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  if (fault?.kind === 'length' && head.header('content-length') === undefined) miss();
  const passage = createPassage(client, fault);
  if (!(await passage.send(lengthened(head, fault)))) return false;
  if (hasBody) for await (const part of bodyOf(answered, head, { endsWithConnection: true })) if (!(await passage.send(part, true))) return false;
  return !/close/i.test(head.header('connection') ?? '') && fault?.kind !== 'length';
}

function lengthened(head: Head, fault: HttpFault | undefined): Buffer {
  if (fault?.kind !== 'length') return head.bytes;
  return Buffer.from(head.bytes.toString('latin1').replace(/^(content-length: *)(\d+)/im, (_, name: string, value: string) => `${name}${Math.max(0, Number(value) + fault.add)}`), 'latin1');
}

/** Sends an answer with its fault; `send` is false once the fault has ended the connection. */
function createPassage(client: Socket, fault: HttpFault | undefined): { send(part: Buffer, isBody?: boolean): Promise<boolean> } {
  let [passed, body] = [0, 0];
  const limit = fault !== undefined && 'after' in fault ? fault.after : Number.POSITIVE_INFINITY;
  return {
    async send(part, isBody = false) {
      const whole = isBody && fault?.kind === 'flip' ? flipped(part, fault.at - body) : part;
      if (isBody) body += part.length;
      const now = whole.subarray(0, limit - passed);
      const dripped = fault?.kind === 'drip' ? Math.max(0, fault.bytes - passed) : 0;
      for (const byte of now.subarray(0, dripped)) {
        await write(client, Buffer.of(byte));
        await pause(1);
      }
      passed += now.length;
      await write(client, now.subarray(dripped));
      if (passed < limit) return true;
      if (fault?.kind === 'end-answer') client.end();
      else if (fault?.kind === 'reset-answer') client.resetAndDestroy();
      // A stall ends when the client has had enough of it.
      if (!client.destroyed) await happens(client, 'close');
      return false;
    },
  };
}

function flipped(part: Buffer, at: number): Buffer {
  if (at < 0 || at >= part.length) return part;
  const copy = Buffer.from(part);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

async function answer(client: Socket, { text, repeat, most = 0 }: Extract<HttpFault, { kind: 'answer' }>, { asked, head }: { readonly asked: Inlet; readonly head: Head }): Promise<void> {
  if (/100-continue/i.test(head.header('expect') ?? '')) client.write('HTTP/1.1 100 Continue\r\n\r\n');
  // What the client sends is taken while it is answered, else both would wait for each other.
  const drained = (async (): Promise<void> => { for await (const part of bodyOf(asked, head, { endsWithConnection: false })) void part; })();
  await write(client, Buffer.from(text, 'latin1'));
  const piece = Buffer.from(repeat ?? '', 'latin1');
  for (let sent = 0; sent < most && !client.destroyed; sent += piece.length) await write(client, piece);
  await drained;
  client.end();
  if (!client.destroyed) await Promise.race([happens(client, 'close'), pause(500)]);
}

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 || socket.destroyed || socket.write(bytes)) return;
  await happens(socket, 'drain', 'close');
}

/** Waits for the first of them. Node's own `once` would reject when the connection breaks. */
const happens = async (socket: Socket, ...events: readonly ('close' | 'drain')[]): Promise<void> => await new Promise((resolve) => {
  const done = (): void => {
    for (const event of events) socket.off(event, done);
    resolve();
  };
  for (const event of events) socket.once(event, done);
});

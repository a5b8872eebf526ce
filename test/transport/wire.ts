import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** One request as it came over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly head: string;
  header(name: string): string | undefined;
}
/** The server's end of one connection, read and written byte by byte. */
export interface Wire {
  /** Counted from 1. */
  readonly connection: number;
  readonly socket: Socket;
  /** The next request's head; undefined when the client has closed. */
  head(): Promise<WireRequest | undefined>;
  /** `count` bytes of a body, or what came before the client closed. */
  bytes(count: number): Promise<Buffer>;
  /** A whole chunked body, decoded. */
  chunked(): Promise<Buffer>;
  write(text: string | Uint8Array): void;
  end(text?: string): void;
}
/** A server whose every byte the test decides. */
export interface WireServer {
  readonly url: string;
  readonly port: number;
  /** Heads of all requests, in the order they came. */
  readonly requests: WireRequest[];
  connections(): number;
  close(): Promise<void>;
}
export interface WireOptions {
  readonly tls?: TlsOptions;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** Starts a server on a free port of loopback; `serve` is called for every connection. */
export async function startWire(serve: (wire: Wire) => Promise<void>, { tls, host = '127.0.0.1' }: WireOptions = {}): Promise<WireServer> {
  const requests: WireRequest[] = [];
  const open = new Set<Socket>();
  const failures: unknown[] = [];
  let count = 0;
  const accept = (socket: Socket): void => {
    open.add(socket);
    count += 1;
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    serve(makeWire(socket, { connection: count, requests })).catch((error: unknown) => {
      failures.push(error);
      socket.destroy();
    });
  };
  const server: Server = tls ? createTlsServer(tls, accept) : createServer(accept);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${port}`, port, requests, connections: () => count,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Answers every request of a connection by `answer`; for tests that need no control of the bytes. */
export function answering(answer: (request: WireRequest, wire: Wire) => Promise<string | Uint8Array> | string | Uint8Array): (wire: Wire) => Promise<void> {
  return async (wire) => {
    for (let request = await wire.head(); request; request = await wire.head()) wire.write(await answer(request, wire));
  };
}

/** A plain answer with a length. */
export function reply(body: string, { status = '200 OK', headers = '' }: { readonly status?: string; readonly headers?: string } = {}): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

function makeWire(socket: Socket, { connection, requests }: { readonly connection: number; readonly requests: WireRequest[] }): Wire {
  const reader = readFrom(socket);
  return {
    connection, socket,
    async head() {
      const text = await reader.until('\r\n\r\n');
      if (text === undefined) return undefined;
      const request = parseHead(text.toString('latin1'));
      requests.push(request);
      return request;
    },
    bytes: (count) => reader.take(count),
    async chunked() {
      const parts: Buffer[] = [];
      for (;;) {
        const size = Number.parseInt((await reader.until('\r\n'))?.toString('latin1') ?? '0', 16);
        const part = await reader.take(size + 2);
        if (size === 0) return Buffer.concat(parts);
        parts.push(part.subarray(0, size));
      }
    },
    write: (text) => void socket.write(text),
    end: (text) => void (text === undefined ? socket.end() : socket.end(text)),
  };
}

function parseHead(head: string): WireRequest {
  const [first = '', ...lines] = head.split('\r\n');
  const [method = '', target = ''] = first.split(' ');
  return {
    method, target, head,
    header: (name) => lines.find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))?.slice(name.length + 1).trim(),
  };
}

interface Reader {
  until(mark: string): Promise<Buffer | undefined>;
  take(count: number): Promise<Buffer>;
}

function readFrom(socket: Socket): Reader {
  let held = Buffer.alloc(0);
  let ended = false;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    wake();
  });
  for (const event of ['end', 'close']) socket.on(event, () => { ended = true; wake(); });
  const more = (): Promise<void> => new Promise((resolve) => { wake = resolve; });
  const cut = (count: number): Buffer => {
    const part = held.subarray(0, count);
    held = held.subarray(count);
    return part;
  };
  return {
    async until(mark) {
      for (;;) {
        const at = held.indexOf(mark);
        if (at !== -1) return cut(at + mark.length).subarray(0, at);
        if (ended) return undefined;
        await more();
      }
    },
    async take(count) {
      while (held.length < count && !ended) await more();
      return cut(count);
    },
  };
}

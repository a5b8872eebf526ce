import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificates } from './certificates.ts';
import { HOST } from './server.ts';

/** A web server before another: it writes down what was asked, and passes everything on with the name the client used. */
export interface Front {
  /** Also an address for HTTPS_PROXY, where it has certificates: every host, whatever its name, is the server behind. */
  readonly url: string;
  readonly port: number;
  /** 'GET /path', in order. */
  readonly arrived: string[];
  /** Called when a request has come and before it is passed on. */
  onArrival: (() => void) | undefined;
  stop(): Promise<void>;
}

/** With certificates it is a proxy that ends TLS itself, so that hosts of the great services can be played. */
export async function startFront(port: number, { certificates }: { readonly certificates?: Certificates } = {}): Promise<Front> {
  const arrived: string[] = [];
  const told: Pick<Front, 'onArrival'> = { onArrival: undefined };
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    arrived.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    told.onArrival?.();
    const onward = request({ host: HOST, port, method: incoming.method, path: incoming.url, headers: incoming.headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, pass);
  const tls = certificates && createTlsServer({ cert: readFileSync(certificates.server.certificate), key: readFileSync(certificates.server.key), keepAliveTimeout: 60_000 }, pass);
  server.on('connect', (_asked: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    (tls ?? server).emit('connection', socket);
  });
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  const own = (server.address() as AddressInfo).port;
  return Object.assign(told, { url: `http://${HOST}:${own}`, port: own, arrived, stop: () => stopAll(tls ? [server, tls] : [server]) });
}

async function stopAll(servers: readonly Server[]): Promise<void> {
  for (const server of servers) server.closeAllConnections();
  await new Promise((resolve) => { servers[0]?.close(resolve); });
}

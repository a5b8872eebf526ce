import { once } from 'node:events';
import { createServer } from 'node:http';
import { ELSEWHERE } from './faults.ts';

/** Another host, which a server may send a client to. */
export interface Elsewhere {
  readonly port: number;
  /** What it was asked: target and headers. */
  readonly heard: string[];
  stop(): void;
}

export async function startElsewhere(): Promise<Elsewhere> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push([request.url, ...Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`)].join('\n'));
    response.writeHead(200, { 'content-length': 5 }).end('other');
  }).listen(0, ELSEWHERE);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0, heard,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

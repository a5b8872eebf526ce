import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { HOST } from '../../servers/server.ts';
import type { RawFault } from './fault.ts';

export interface RawProxy {
  readonly port: number;
  /** The fault strikes the first connection that comes to its byte, or every one. */
  arm(fault: RawFault | undefined, times?: 'once' | 'always'): void;
  struck(): number;
  stop(): Promise<void>;
}

/** A TCP proxy that knows bytes only. */
export async function startRawProxy(serverPort: number): Promise<RawProxy> {
  let armed: { readonly fault: RawFault; readonly times: 'once' | 'always' } | undefined;
  let struck = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, HOST);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      open.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => {
        open.delete(socket);
        [client, upstream].forEach((one) => one.destroy());
      });
    }
    for (const [from, source, target] of [['client', client, upstream], ['server', upstream, client]] as const) {
      let passed = 0;
      let isMute = false;
      source.on('data', (chunk: Buffer) => {
        if (isMute) return;
        const fault = armed?.fault.from === from && (armed.times === 'always' || struck === 0) ? armed.fault : undefined;
        const at = fault === undefined ? -1 : fault.at - passed;
        passed += chunk.length;
        if (fault === undefined || at < 0 || at >= chunk.length) return void target.write(chunk);
        struck++;
        target.write(fault.kind === 'flip' ? flippedAt(chunk, at) : chunk.subarray(0, at));
        if (fault.kind === 'flip') return;
        isMute = true;
        if (fault.kind === 'end') target.end();
        if (fault.kind === 'reset') [client, upstream].forEach((one) => one.resetAndDestroy());
      });
    }
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    arm: (fault, times = 'once') => { [armed, struck] = [fault && { fault, times }, 0]; },
    struck: () => struck,
    async stop() {
      open.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

function flippedAt(chunk: Buffer, at: number): Buffer {
  const copy = Buffer.from(chunk);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

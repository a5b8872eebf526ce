import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Bucket, createBucket } from '../src/storage/bandwidth.ts';
import type { Clock } from '../src/runtime.ts';

/** How far away the other side is. */
export interface Distance {
  /** What each byte takes to the server, and back from it. */
  readonly thereMs: number;
  readonly backMs: number;
  /** In each direction, over all connections. Default: no limit. */
  readonly bytesPerSecond?: number;
}
export interface Delay { readonly port: number; stop(): Promise<void> }

type Time = Pick<Clock, 'now' | 'wait'>;
const clock: Time = { now: () => performance.now(), wait: async (milliseconds) => { await new Promise((resolve) => { setTimeout(resolve, milliseconds); }); } };

/** What may be on its way in one direction of a connection; then the sender has to wait, as by TCP's own window. */
const WINDOW = 8 << 20;

/**
 * Makes a server of this machine as far away as one of another: a proxy that gives each byte on after its time. A new connection costs a way there and
 * back before its first byte, as the handshake does that the kernel did here without delay.
 */
export async function startDelay(target: { readonly host: string; readonly port: number }, distance: Distance, time: Time = clock): Promise<Delay> {
  const { thereMs, backMs, bytesPerSecond } = distance;
  const bucket = (): Bucket | undefined => (bytesPerSecond === undefined ? undefined : createBucket(bytesPerSecond, time));
  const [up, down] = [bucket(), bucket()];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const service = connect({ ...target, allowHalfOpen: true, noDelay: true });
    for (const [from, to] of [[client, service], [service, client]] as const) {
      open.add(from);
      from.on('error', () => { to.destroy(); });
      from.on('close', () => {
        open.delete(from);
        if (from.errored) to.destroy();
      });
    }
    relay(client, service, { time, delayMs: thereMs, firstMs: thereMs + backMs, bucket: up });
    relay(service, client, { time, delayMs: backMs, firstMs: 0, bucket: down });
  });
  const port = await listening(server);
  return {
    port,
    async stop() {
      const closed = new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

interface Way { readonly time: Time; readonly delayMs: number; readonly firstMs: number; readonly bucket: Bucket | undefined }

function relay(from: Socket, to: Socket, { time, delayMs, firstMs, bucket }: Way): void {
  let under = 0;
  let extra = firstMs;
  let last = Promise.resolve();
  const then = (step: () => Promise<void> | void): void => { last = last.then(step).catch((error: unknown) => { to.destroy(error as Error); }); };
  from.on('data', (chunk: Buffer) => {
    const due = time.now() + delayMs + extra;
    extra = 0;
    under += chunk.byteLength;
    if (under > WINDOW) from.pause();
    then(async () => {
      const left = due - time.now();
      if (left > 0) await time.wait(left);
      await bucket?.take(chunk.byteLength);
      if (!to.destroyed) await new Promise<void>((resolve) => { to.write(chunk, () => { resolve(); }); });
      under -= chunk.byteLength;
      if (under <= WINDOW) from.resume();
    });
  });
  from.on('end', () => {
    const due = time.now() + delayMs;
    then(async () => {
      const left = due - time.now();
      if (left > 0) await time.wait(left);
      to.end();
    });
  });
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy listens nowhere');
  return address.port;
}

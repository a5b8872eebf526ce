import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { type Delay, type Distance, startDelay } from './delay.ts';

/** A server that sends back what it gets, far away; and every wait of the proxy, none of which takes time. */
async function farEcho(t: TestContext, distance: Distance): Promise<{ readonly delay: Delay; readonly waits: readonly number[]; readonly sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>();
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => { echo.listen(0, '127.0.0.1', resolve); });
  const address = echo.address();
  assert.ok(address !== null && typeof address === 'object');
  const waits: number[] = [];
  const delay = await startDelay({ host: '127.0.0.1', port: address.port }, distance, { now: () => 0, wait: async (milliseconds) => { waits.push(milliseconds); await Promise.resolve(); } });
  t.after(async () => {
    await delay.stop();
    echo.close();
  });
  return { delay, waits, sockets };
}

test('the first byte of a connection pays for the handshake, the others for their way, and each direction for its own', async (t) => {
  const { delay, waits } = await farEcho(t, { thereMs: 10, backMs: 30 });
  const client = connect(delay.port, '127.0.0.1');
  const answer = async (): Promise<string> => await new Promise((resolve) => { client.once('data', (chunk) => { resolve(String(chunk)); }); });

  client.write('one');
  assert.equal(await answer(), 'one');
  assert.deepEqual(waits, [10 + 40, 30]);
  client.write('two');
  assert.equal(await answer(), 'two');
  assert.deepEqual(waits, [50, 30, 10, 30]);
  client.destroy();
});

test('bytes arrive unchanged and in order, and a half-closed connection ends', async (t) => {
  const { delay } = await farEcho(t, { thereMs: 10, backMs: 10, bytesPerSecond: 1 << 20 });
  const sent = randomBytes(12 << 20);
  const client = connect({ port: delay.port, host: '127.0.0.1', allowHalfOpen: true });

  client.end(sent);
  const received: Buffer[] = [];
  for await (const chunk of client) received.push(chunk as Buffer);

  assert.equal(Buffer.compare(Buffer.concat(received), sent), 0);
});

test('the bytes a second of a direction are paid by all connections together', async (t) => {
  const { delay, waits } = await farEcho(t, { thereMs: 0, backMs: 0, bytesPerSecond: 1000 });
  const through = async (bytes: Buffer): Promise<number> => {
    const client = connect({ port: delay.port, host: '127.0.0.1', allowHalfOpen: true });
    client.end(bytes);
    let count = 0;
    for await (const chunk of client) count += (chunk as Buffer).byteLength;
    return count;
  };

  assert.equal(await through(Buffer.alloc(1000)), 1000);
  assert.equal(await through(Buffer.alloc(1000)), 1000);

  // The clock stands still: the second connection finds what the first has taken, less the quarter of a second that was saved up.
  assert.deepEqual(waits, [750, 750]);
});

test('a connection that breaks here breaks there', async (t) => {
  const { delay, sockets } = await farEcho(t, { thereMs: 10, backMs: 10 });
  const client = connect(delay.port, '127.0.0.1');
  client.write('x');
  await new Promise((resolve) => { client.once('data', resolve); });
  const [there] = sockets;
  assert.ok(there);
  const closed = new Promise((resolve) => { there.once('close', resolve); });

  client.resetAndDestroy();

  await closed;
});

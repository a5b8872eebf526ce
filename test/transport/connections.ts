import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bodyOf, textOf, type TransportCase } from './case.ts';
import { answering, reply, type Wire } from './wire.ts';

const MIB = 1024 * 1024;

/** How connections are kept, left and lost. */
export const connectionCases: readonly TransportCase[] = [
  {
    name: 'requests one after another reuse connections, HEAD as well',
    serve: answering((request) => reply(request.method === 'HEAD' ? '' : request.target)),
    async run({ send, server }) {
      for (let turn = 0; turn < 5; turn += 1) {
        assert.equal(await textOf(await send('GET', `/${turn}`)), `/${turn}`);
        assert.equal(await textOf(await send('HEAD')), '');
      }
      // Two and not one: a connection is free one turn of the event loop after its answer ended.
      assert.ok(server.connections() <= 2, `${server.connections()} connections`);
    },
  },
  {
    name: 'requests at once use connections up to the limit, and all are answered',
    settings: { connections: 3 },
    serve: answering((request) => reply(request.target)),
    async run({ send, server }) {
      const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
      const texts = await Promise.all(paths.map(async (path) => textOf(await send('GET', path))));
      assert.deepEqual(texts, paths);
      assert.ok(server.connections() <= 3, `${server.connections()} connections`);
    },
  },
  {
    name: "a server's 'Connection: close' is honoured",
    serve: async (wire) => {
      await wire.head();
      wire.end(reply('bye', { headers: 'Connection: close\r\n' }));
    },
    async run({ send, server }) {
      assert.equal(await textOf(await send('GET')), 'bye');
      assert.equal(await textOf(await send('POST')), 'bye');
      assert.equal(server.connections(), 2);
    },
  },
  {
    name: 'an idle connection that died is not noticed by the caller of a PUT',
    serve: diesBeforeSecond,
    async run({ send, server }) {
      assert.equal(await textOf(await send('GET')), 'connection 1');
      await idle();
      assert.equal(await textOf(await send('PUT', '/x', { body: bodyOf('data') })), 'connection 2');
      assert.equal(server.requests.filter(({ method }) => method === 'PUT').length, 2);
    },
  },
  {
    name: 'a request gets through though more idle connections have died than it has tries',
    serve: eightDie(),
    async run({ send }) {
      await Promise.all(Array.from({ length: 8 }, async () => textOf(await send('GET'))));
      await idle();
      assert.equal(await textOf(await send('GET')), 'connection 9');
    },
  },
  {
    name: 'a POST on an idle connection that died is not sent twice',
    serve: diesBeforeSecond,
    async run({ send, server }) {
      assert.equal(await textOf(await send('GET')), 'connection 1');
      await idle();
      await assert.rejects(send('POST', '/x', { body: bodyOf('data') }), { code: 'UNAVAILABLE', retryable: true });
      assert.equal(server.requests.filter(({ method }) => method === 'POST').length, 1);
    },
  },
  {
    name: 'a fresh connection that is cut is reported and not tried again in secret',
    serve: async (wire) => {
      await wire.head();
      wire.socket.resetAndDestroy();
    },
    async run({ send, server }) {
      await assert.rejects(send('GET'), { code: 'UNAVAILABLE', retryable: true });
      assert.equal(server.connections(), 1);
    },
  },
  {
    name: 'an interruption while the answer is awaited rejects at once and frees the connection',
    serve: waitForClose,
    async run({ send, server }) {
      const stop = new AbortController();
      const answer = send('GET', '/', { signal: stop.signal });
      while (server.requests.length === 0) await nextTurn();
      stop.abort();
      await assert.rejects(answer, { code: 'ABORTED', retryable: false });
    },
  },
  {
    name: 'an interruption within a body reaches its reader',
    serve: async (wire) => {
      await wire.head();
      wire.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart');
      await once(wire.socket, 'close');
    },
    async run({ send }) {
      const stop = new AbortController();
      const response = await send('GET', '/', { signal: stop.signal });
      const read = (async () => { for await (const _ of response.body) stop.abort(); })();
      await assert.rejects(read, { code: 'ABORTED' });
    },
  },
  {
    name: 'a request whose signal has fired already is not sent',
    serve: answering(() => reply('never')),
    async run({ send, server }) {
      await assert.rejects(send('GET', '/', { signal: AbortSignal.abort() }), { code: 'ABORTED' });
      assert.equal(server.connections(), 0);
    },
  },
  {
    name: 'cancelling a short body keeps its connection',
    serve: answering(() => reply('x'.repeat(1000))),
    async run({ send, server }) {
      (await send('GET')).cancel();
      for (let turn = 0; turn < 5; turn += 1) (await send('GET')).cancel();
      assert.equal((await textOf(await send('GET'))).length, 1000);
      assert.ok(server.connections() <= 2, `${server.connections()} connections`);
    },
  },
  {
    name: 'cancelling a long body ends its connection without reading it',
    serve: async (wire) => {
      if (!(await wire.head())) return;
      wire.write(`HTTP/1.1 200 OK\r\nContent-Length: ${1000 * MIB}\r\n\r\n`);
      const piece = Buffer.alloc(MIB);
      while (!wire.socket.destroyed) {
        if (!wire.socket.write(piece)) await drained(wire.socket);
      }
      assert.ok(wire.socket.bytesWritten < 100 * MIB, `${wire.socket.bytesWritten} bytes were sent`);
    },
    async run({ send }) {
      const response = await send('GET');
      for await (const chunk of response.body) if (chunk.byteLength > 0) break;
      (await send('GET')).cancel();
    },
  },
  {
    name: 'a slow reader holds the server back',
    serve: async (wire) => {
      await wire.head();
      wire.write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * MIB}\r\n\r\n`);
      const piece = Buffer.alloc(MIB);
      for (let sent = 0; sent < 64; sent += 1) {
        if (!wire.socket.write(piece)) await drained(wire.socket);
      }
    },
    async run({ send }) {
      const response = await send('GET');
      const before = process.memoryUsage().arrayBuffers;
      for (let turn = 0; turn < 2000; turn += 1) await nextTurn();
      assert.ok(process.memoryUsage().arrayBuffers - before < 24 * MIB);
      let size = 0;
      for await (const chunk of response.body) size += chunk.byteLength;
      assert.equal(size, 64 * MIB);
    },
  },
  {
    name: 'a server that says nothing for too long is a TIMEOUT',
    settings: { idleTimeoutSeconds: 0.3 },
    serve: waitForClose,
    run: async ({ send }) => assert.rejects(send('GET'), { code: 'TIMEOUT', retryable: true }),
  },
  {
    name: 'a body that stops in the middle for too long is a TIMEOUT',
    settings: { idleTimeoutSeconds: 0.3 },
    serve: async (wire) => {
      await wire.head();
      wire.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      await once(wire.socket, 'close');
    },
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), { code: 'TIMEOUT', retryable: true }),
  },
  {
    name: 'after close a transport still serves, on new connections',
    serve: answering((request) => reply(request.target)),
    async run({ send, server, transport }) {
      assert.equal(await textOf(await send('GET', '/1')), '/1');
      await transport.close?.();
      assert.equal(await textOf(await send('GET', '/2')), '/2');
      assert.equal(server.connections(), 2);
    },
  },
];

/** The first connection serves once and is reset when the second request arrives: the race a keep-alive client always has. */
async function diesBeforeSecond(wire: Wire): Promise<void> {
  for (let served = 0; ; served += 1) {
    const request = await wire.head();
    if (!request) return;
    if (wire.connection === 1 && served === 1) {
      wire.socket.resetAndDestroy();
      return;
    }
    await wire.bytes(Number(request.header('content-length') ?? 0));
    wire.write(reply(`connection ${wire.connection}`));
  }
}

/** The first eight connections answer when all of them have been asked, and are reset at their second request. */
function eightDie(): TransportCase['serve'] {
  let allAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => { allAsked = resolve; });
  return async (wire) => {
    await wire.head();
    if (wire.connection === 8) allAsked();
    await asked;
    wire.write(reply(`connection ${wire.connection}`));
    if (await wire.head()) wire.socket.resetAndDestroy();
  };
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    if (socket.destroyed) resolve();
    else socket.on('drain', done).on('close', done);
  });
}

/** A connection may be taken again one turn of the event loop after its answer ended. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
}

async function waitForClose(wire: Wire): Promise<void> {
  await wire.head();
  if (!wire.socket.destroyed) await once(wire.socket, 'close');
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { bodyOf, streamOf, textOf, type TransportCase } from './case.ts';
import { answering, reply } from './wire.ts';

const MIB = 1024 * 1024;
const large = 'x'.repeat(2 * MIB);
const pieces = Array.from({ length: 32 }, (_, index) => String.fromCharCode(97 + (index % 26)).repeat(MIB / 16));

/** How bodies are sent. */
export const uploadCases: readonly TransportCase[] = [
  {
    name: 'a body in memory is sent with its length',
    serve: answering(async (request, wire) => reply((await wire.bytes(Number(request.header('content-length')))).toString())),
    async run({ send, server }) {
      assert.equal(await textOf(await send('PUT', '/', { body: bodyOf('hello') })), 'hello');
      assert.equal(server.requests[0]?.header('transfer-encoding'), undefined);
      assert.equal(server.requests[0]?.header('expect'), undefined);
    },
  },
  {
    name: 'a body in memory leaves in one packet with its head',
    async serve(wire) {
      const [first] = (await once(wire.socket, 'data')) as [Buffer];
      wire.write(reply(first.includes('hello') ? 'together' : 'apart'));
    },
    run: async ({ send }) => assert.equal(await textOf(await send('PUT', '/', { body: bodyOf('hello') })), 'together'),
  },
  {
    name: 'an empty body is sent as a length of 0',
    serve: answering((request) => reply(request.header('content-length') ?? 'none')),
    async run({ send }) {
      assert.equal(await textOf(await send('PUT', '/', { body: bodyOf('') })), '0');
      assert.equal(await textOf(await send('PUT', '/', { body: streamOf([], { size: 0 }) })), '0');
    },
  },
  ...[20, 200].map((size): TransportCase => ({
    name: `a source of ${size} KiB that reuses its buffer arrives whole`,
    serve: answering(async (request, wire) => reply(String((await wire.bytes(Number(request.header('content-length')))).equals(Buffer.from(source(size).join('')))))),
    async run({ send }) {
      const body = streamOf(source(size), { size: size * 1024 });
      assert.equal(await textOf(await send('PUT', '/', { body })), 'true');
      assert.equal(body.opened(), 1);
    },
  })),
  {
    name: 'a source of unknown size is sent in chunks',
    serve: answering(async (request, wire) => {
      if (request.header('expect')) wire.write('HTTP/1.1 100 Continue\r\n\r\n');
      return reply((await wire.chunked()).toString());
    }),
    async run({ send, server }) {
      assert.equal(await textOf(await send('PUT', '/', { body: streamOf(['one ', 'two ', 'three']) })), 'one two three');
      assert.equal(server.requests[0]?.header('transfer-encoding'), 'chunked');
      assert.equal(server.requests[0]?.header('content-length'), undefined);
    },
  },
  {
    name: 'a large body goes only after the server has said 100',
    async serve(wire) {
      const request = await wire.head();
      assert.equal(request?.header('expect'), '100-continue');
      assert.equal(wire.socket.bytesRead, Buffer.byteLength(`${request.head}\r\n\r\n`), 'no byte of the body came');
      wire.write('HTTP/1.1 100 Continue\r\n\r\n');
      wire.write(reply(String((await wire.bytes(2 * MIB)).equals(Buffer.from(pieces.join(''))))));
    },
    run: async ({ send }) => assert.equal(await textOf(await send('PUT', '/', { body: streamOf(pieces, { size: 2 * MIB }) })), 'true'),
  },
  {
    name: 'a large body is kept back when the server refuses it at once',
    serve: answering(() => reply('no', { status: '403 Forbidden' })),
    async run({ send, server }) {
      const body = streamOf(pieces, { size: 2 * MIB });
      const response = await send('PUT', '/', { body });
      assert.deepEqual([response.status, await textOf(response), body.opened()], [403, 'no', 0]);
      assert.equal((await send('PUT', '/', { body: bodyOf(large) })).status, 403);
      assert.equal(server.connections(), 2);
    },
  },
  {
    name: 'a server that does not know Expect gets the large body after a second, and the next at once',
    serve: answering(async (_request, wire) => reply(String((await wire.bytes(2 * MIB)).length))),
    async run({ send, server }) {
      assert.equal(await textOf(await send('PUT', '/', { body: bodyOf(large) })), String(2 * MIB));
      assert.equal(await textOf(await send('PUT', '/', { body: bodyOf(large) })), String(2 * MIB));
      assert.deepEqual(server.requests.map((request) => request.header('expect')), ['100-continue', undefined]);
    },
  },
  {
    name: 'a server that refuses Expect (417) gets the request again without it',
    serve: answering(async (request, wire) => (request.header('expect') ? reply('', { status: '417 Expectation Failed', headers: 'Connection: close\r\n' }) : reply(String((await wire.bytes(2 * MIB)).length)))),
    run: async ({ send }) => assert.equal(await textOf(await send('PUT', '/', { body: bodyOf(large) })), String(2 * MIB)),
  },
  {
    name: 'an answer before the end of a large body is read, and the rest not sent',
    async serve(wire) {
      await wire.head();
      wire.write('HTTP/1.1 100 Continue\r\n\r\n');
      await wire.bytes(MIB / 2);
      wire.write(reply('full', { status: '507 Insufficient Storage' }));
      if (!wire.socket.destroyed) await once(wire.socket, 'close');
    },
    async run({ send }) {
      let given = 0;
      const endless = { size: 1000 * MIB, async *open() { for (const piece = Buffer.alloc(MIB); ; given += 1) yield piece; } };
      const response = await send('PUT', '/', { body: endless });
      assert.deepEqual([response.status, await textOf(response)], [507, 'full']);
      assert.ok(given < 500, `${given} MiB were given`);
    },
  },
  ...[10, 100, 2000].map((size): TransportCase => ({
    name: `a source of ${size} KiB that ends early is an error, and never a shorter object`,
    async serve(wire) {
      const request = await wire.head();
      if (!request) return;
      if (request.header('expect')) wire.write('HTTP/1.1 100 Continue\r\n\r\n');
      const came = await wire.bytes(size * 1024);
      assert.ok(came.length < size * 1024);
    },
    run: async ({ send }) => assert.rejects(send('PUT', '/', { body: streamOf(['short'], { size: size * 1024 }) }), { code: 'CORRUPT' }),
  })),
  {
    name: "a source's own error comes back as it is",
    async serve(wire) {
      await wire.head();
      wire.write('HTTP/1.1 100 Continue\r\n\r\n');
      await wire.bytes(10 * MIB);
    },
    async run({ send }) {
      const failure = new RangeError('the disk is gone');
      const body = { size: 10 * MIB, async *open() { yield Buffer.alloc(1000); throw failure; } };
      await assert.rejects(send('PUT', '/', { body }), (error: unknown) => error === failure || (error as Error).cause === failure);
    },
  },
  {
    name: 'a large body that nobody reads is a TIMEOUT',
    settings: { idleTimeoutSeconds: 0.3 },
    async serve(wire) {
      await wire.head();
      wire.write('HTTP/1.1 100 Continue\r\n\r\n');
      wire.socket.pause();
      if (!wire.socket.destroyed) await once(wire.socket, 'close');
    },
    async run({ send, server }) {
      await assert.rejects(send('PUT', '/', { body: bodyOf(Buffer.alloc(64 * MIB)) }), { code: 'TIMEOUT', retryable: true });
      assert.equal(server.connections(), 1);
    },
  },
];

function source(kibibytes: number): string[] {
  return Array.from({ length: kibibytes }, (_, index) => String.fromCharCode(97 + (index % 26)).repeat(1024));
}

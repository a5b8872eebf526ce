import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { textOf, type TransportCase } from './case.ts';
import { answering, reply } from './wire.ts';

const MIB = 1024 * 1024;
/** No two pieces are alike, so that bytes at the wrong place are noticed. */
const large = Buffer.alloc(9 * MIB);
for (let at = 0; at < large.byteLength; at += 4) large.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
const digest = createHash('sha256').update(large).digest('hex');
/** The same as one chunk for every so many bytes. */
const chunked = (bytes: Buffer, size: number): Buffer => Buffer.concat([
  ...Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size)).flatMap((part) => [Buffer.from(`${part.byteLength.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
  Buffer.from('0\r\n\r\n'),
]);
const bodies = [
  { name: 'with its length', bytes: Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${large.byteLength}\r\n\r\n`), large]) },
  { name: 'in large chunks', bytes: Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), chunked(large, 300_007)]) },
  { name: 'in small chunks', bytes: Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), chunked(large, 997)]) },
];

/** Answers that come in pieces of any size, and readers of any speed: nothing is lost, doubled or overwritten. */
export const pieceCases: readonly TransportCase[] = [
  {
    name: 'an answer that comes byte by byte is the same answer, and its connection serves on',
    async serve(wire) {
      for (let request = await wire.head(); request; request = await wire.head()) {
        const text = request.target === '/1' ? reply('hello', { headers: 'X-A: b\r\n' }) : 'HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n3\r\nhel\r\n02\r\nlo\r\n0\r\nX-T: u\r\n\r\n';
        for (const byte of text) {
          wire.write(byte);
          await nextTurn();
        }
      }
    },
    async run({ send, server }) {
      for (const path of ['/1', '/2', '/1', '/2']) {
        const response = await send('GET', path);
        assert.deepEqual([response.header('x-a'), await textOf(response)], ['b', 'hello']);
      }
      assert.ok(server.connections() <= 2, `${server.connections()} connections`);
    },
  },
  ...bodies.flatMap(({ name, bytes }) => [false, true].map((isSlow): TransportCase => ({
    name: `a large body ${name} arrives unchanged at a ${isSlow ? 'slow' : 'quick'} reader`,
    serve: answering(() => bytes),
    async run({ send }) {
      const found = await Promise.all([1, 2, 3].map(async () => {
        const hash = createHash('sha256');
        for await (const chunk of (await send('GET')).body) {
          // A chunk lives until the next is asked for, however long that takes.
          if (isSlow) for (let turn = 0; turn < 3; turn += 1) await nextTurn();
          hash.update(chunk);
        }
        return hash.digest('hex');
      }));
      assert.deepEqual(found, [digest, digest, digest]);
    },
  }))),
  {
    name: 'what a reader has not taken yet stays as it is while the connection serves others',
    serve: answering((request) => reply(request.target.repeat(1000))),
    async run({ send }) {
      const answers = [];
      for (let turn = 0; turn < 20; turn += 1) answers.push(await send('GET', `/${turn}`));
      for (const [turn, answer] of answers.entries()) assert.equal(await textOf(answer), `/${turn}`.repeat(1000));
    },
  },
  {
    name: 'an answer of HTTP/1.0 ends its connection, unless it says otherwise',
    async serve(wire) {
      for (let request = await wire.head(); request; request = await wire.head()) {
        wire.write(`HTTP/1.0 200 OK\r\nContent-Length: 2\r\n${request.target === '/kept' ? 'Connection: keep-alive\r\n' : ''}\r\nok`);
        if (request.target !== '/kept') return wire.end();
      }
    },
    async run({ send, server }) {
      assert.equal(await textOf(await send('POST')), 'ok');
      assert.equal(await textOf(await send('POST', '/kept')), 'ok');
      assert.equal(server.connections(), 2);
    },
  },
];

import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { textOf, type TransportCase } from './case.ts';
import { answering, reply, type Wire } from './wire.ts';

const says = (text: string): TransportCase['serve'] => async (wire) => {
  await wire.head();
  wire.end(text);
};
const refused = (name: string, text: string): TransportCase => ({
  name: `${name} is refused`, serve: says(text), run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), { code: 'UNAVAILABLE' }),
});
const head = (...lines: readonly string[]): string => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');

/** Answers that two programs would read in two ways, and such as never end: where bodies begin and end must never be a matter of opinion. */
export const hostileCases: readonly TransportCase[] = [
  refused('a folded header', `${head('X-A: b\r\n Content-Length: 3', 'Content-Length: 2')}ab`),
  refused('a header line that ends in a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nab'),
  refused('a bare CR within a header', `${head('X-A: b\rContent-Length: 3', 'Content-Length: 2')}ab`),
  refused('a NUL within a header', `${head('X-A: b\0c', 'Content-Length: 2')}ab`),
  refused('a blank before the colon of a header', `${head('Content-Length : 2')}ab`),
  refused('a header without a name', `${head(': 2', 'Content-Length: 2')}ab`),
  refused('a length with a sign', `${head('Content-Length: +2')}ab`),
  refused('a length that is a list', `${head('Content-Length: 2, 2')}ab`),
  refused('a length that is no number', `${head('Content-Length: 0x2')}ab`),
  refused('a length beyond all numbers', `${head('Content-Length: 99999999999999999999')}ab`),
  refused('an empty length', `${head('Content-Length:')}ab`),
  refused('a chunk size with a sign', `${head('Transfer-Encoding: chunked')}+2\r\nab\r\n0\r\n\r\n`),
  refused('a chunk size beyond all numbers', `${head('Transfer-Encoding: chunked')}ffffffffffffffffff\r\nab`),
  refused('a chunk whose line ends in a bare LF', `${head('Transfer-Encoding: chunked')}2\nab\r\n0\r\n\r\n`),
  {
    name: 'an answer that changes the protocol unasked (101) is refused',
    serve: says('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    run: async ({ send }) => assert.rejects(send('GET'), { code: 'UNAVAILABLE' }),
  },
  {
    name: 'a line of a chunk that never ends is refused',
    async serve(wire) {
      await wire.head();
      wire.write(`${head('Transfer-Encoding: chunked')}2;`);
      await flood(wire, 'x'.repeat(4096));
    },
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), { code: 'UNAVAILABLE' }),
  },
  {
    name: 'trailers that never end are refused',
    async serve(wire) {
      await wire.head();
      wire.write(`${head('Transfer-Encoding: chunked')}0\r\n`);
      await flood(wire, 'X-Trailer: and more\r\n'.repeat(200));
    },
    run: async ({ send }) => assert.rejects(async () => textOf(await send('GET')), { code: 'UNAVAILABLE' }),
  },
  {
    name: 'bytes on an idle connection are never the start of the next answer',
    async serve(wire) {
      for (let request = await wire.head(); request; request = await wire.head()) {
        wire.write(reply(`connection ${wire.connection}`));
        if (wire.connection > 1) continue;
        await nextTurn();
        await nextTurn();
        wire.write(reply('planted'));
      }
    },
    async run({ send, server }) {
      assert.equal(await textOf(await send('GET')), 'connection 1');
      for (let turn = 0; turn < 20; turn += 1) await nextTurn();
      assert.equal(await textOf(await send('GET')), 'connection 2');
      assert.equal(server.connections(), 2);
    },
  },
  ...[['GET', 'x-a', 'b\r\nx-c: d'], ['GET', 'x-a', 'b\0'], ['GET', 'x-a', 'snow \u2603'], ['GET', 'x a', 'b'], ['G T', 'x-a', 'b']].map(([method = '', name = '', value = '']): TransportCase => ({
    name: `a request that would be read as another is not sent (${JSON.stringify([method, name, value])})`,
    serve: answering(() => reply('sent')),
    async run({ send, server }) {
      await assert.rejects(send(method, '/', { headers: [[name, value]] }), { code: 'INVALID_ARGUMENT' });
      assert.equal(server.requests.length, 0);
    },
  })),
];

async function flood(wire: Wire, text: string): Promise<void> {
  while (!wire.socket.destroyed) {
    wire.write(text);
    await nextTurn();
  }
}

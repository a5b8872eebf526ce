import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bodyOf, textOf } from '../../test/transport/case.ts';
import { answering, reply, startWire } from '../../test/transport/wire.ts';
import { createConnect } from './connect.ts';

const cases = [
  { told: 'timeout=5', kept: 3_900, dropped: 4_100 },
  { told: 'Timeout=6, max=100', kept: 4_900, dropped: 5_100 },
  { told: 'max=100;timeout=1', kept: 400, dropped: 600 },
  { told: 'timeout=75', kept: 9_900, dropped: 10_100 },
  { told: 'timeout=soon', kept: 9_900, dropped: 10_100 },
  { told: undefined, kept: 9_900, dropped: 10_100 },
];

for (const { told, kept, dropped } of cases) {
  test(`a connection whose server says 'Keep-Alive: ${told ?? ''}' is used after ${kept} ms and not after ${dropped}`, async () => {
    let now = 1_000_000;
    const headers = told === undefined ? '' : `Keep-Alive: ${told}\r\n`;
    const server = await startWire(answering(async (request, wire) => {
      await wire.bytes(Number(request.header('content-length')));
      return reply(`${wire.connection}`, { headers });
    }));
    const transport = createConnect({ env: {}, warn: () => undefined, now: () => now }, { readFile: () => undefined })();
    const connectionAfter = async (milliseconds: number): Promise<string> => {
      // A connection is free one turn of the event loop after its answer ended.
      await nextTurn();
      now += milliseconds;
      return await textOf(await transport.send({ method: 'POST', url: new URL(server.url), headers: [], body: bodyOf('data') }));
    };
    try {
      assert.equal(await connectionAfter(0), '1');
      assert.equal(await connectionAfter(kept), '1');
      assert.equal(await connectionAfter(dropped), '2');
    } finally {
      await transport.close?.();
      await server.close();
    }
  });
}

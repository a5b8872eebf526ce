import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { ConnectionPool, type Waiter } from './connection-pool.ts';
import { createReadBuffers } from './read-buffers.ts';

interface Opened { readonly turn: number; ready(socket: Socket): void }

test('connections are opened a few in a turn, so that those that are ready are used first, and never more than wanted or allowed', async () => {
  for (const { wanted, limit, turns } of [{ wanted: 3, limit: 64, turns: [3] }, { wanted: 10, limit: 64, turns: [4, 4, 2] }, { wanted: 10, limit: 6, turns: [4, 2] }]) {
    const opened: Opened[] = [];
    let turn = 0;
    const pool = new ConnectionPool({
      target: { protocol: 'http:', hostname: 'far.example', port: 80 }, buffers: createReadBuffers(), limit, now: () => 0, onOpen: () => undefined,
      openSocket: async () => await new Promise((ready) => { opened.push({ turn, ready }); }),
    });
    let served = 0;
    const waiter = (): Waiter => ({ onConnection: () => { served += 1; }, onRefused: () => assert.fail('refused') });

    for (let count = 0; count < wanted; count += 1) pool.acquire(waiter());
    for (turn = 1; turn < 6; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });

    assert.deepEqual([...new Set(opened.map((one) => one.turn))].map((at) => opened.filter((one) => one.turn === at).length), turns);
    for (const { ready } of opened) ready(new Socket());
    await new Promise((resolve) => { setImmediate(resolve); });
    assert.equal(served, Math.min(wanted, limit));
    pool.close();
  }
});

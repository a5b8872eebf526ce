import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import type { Connection } from './connection.ts';
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

test('where no more files may be open nobody is refused: there are fewer connections from then on, and those who wait have them in turn', async () => {
  const open = new Set<Socket>();
  let served = 0;
  const pool = new ConnectionPool({
    target: { protocol: 'http:', hostname: 'far.example', port: 80 }, buffers: createReadBuffers(), limit: 64, now: () => 0, onOpen: () => undefined,
    async openSocket() {
      if (open.size >= 8) throw Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' });
      const socket = new Socket();
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      return await Promise.resolve(socket);
    },
  });
  const free: Connection[] = [];
  for (let count = 0; count < 40; count += 1) pool.acquire({ onConnection: (connection) => { served += 1; free.push(connection); }, onRefused: () => assert.fail('refused') });
  for (let turn = 0; served < 40 && turn < 500; turn += 1) {
    const ended = free.shift();
    if (ended) pool.onFree(ended);
    await new Promise((resolve) => { setImmediate(resolve); });
  }

  assert.equal(served, 40);
  assert.ok(open.size > 0 && open.size <= 6, `${open.size} are open`);
  pool.close();
});

test('the first one is refused: there is nothing to wait for', async () => {
  const pool = new ConnectionPool({
    target: { protocol: 'http:', hostname: 'far.example', port: 80 }, buffers: createReadBuffers(), limit: 64, now: () => 0, onOpen: () => undefined,
    openSocket: async () => await Promise.reject(Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' })),
  });

  await assert.rejects(new Promise((resolve, reject) => { pool.acquire({ onConnection: resolve, onRefused: reject }); }), { code: 'EMFILE' });
});

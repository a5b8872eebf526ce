import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { answering, reply, startWire, type WireRequest, type WireServer } from '../../test/transport/wire.ts';
import { createConnect } from './connect.ts';
import type { Landing, SmallRequest, SmallRequests, Transport } from './transport.ts';

const transportOf = (idleTimeoutSeconds = 10): Transport => createConnect({ env: {}, warn: () => undefined, now: () => Date.now() }, { readFile: () => undefined })({ idleTimeoutSeconds });

interface Asked { readonly target: string; readonly status: number | undefined; readonly text: string | undefined }

/** Asks for the targets, in this order, and gives what came of each in the order in which it came. */
async function ask(url: string, targets: readonly string[], { transport = transportOf(), room = () => 4, signal, onTake }: Partial<Pick<SmallRequests, 'room' | 'signal'>> & { readonly transport?: Transport; readonly onTake?: (asked: Asked) => void } = {}): Promise<Asked[]> {
  const asked: Asked[] = [];
  const waiting = targets[Symbol.iterator]();
  const send = (target: string): SmallRequest => ({ method: 'GET', target, headers: [['x-name', target.slice(1)]], take(answer, bytes) {
    const one = { target, status: answer?.status, text: bytes instanceof Uint8Array ? Buffer.from(bytes).toString('latin1') : undefined };
    asked.push(one);
    onTake?.(one);
  } });
  try {
    const done = transport.sendSmall?.({ origin: new URL(url), room, signal, next() {
      const target = waiting.next().value;
      return target === undefined ? undefined : send(target);
    } });
    assert.ok(done);
    await done;
    return asked;
  } finally {
    await transport.close?.();
  }
}

const sorted = (asked: readonly Asked[]): Asked[] => [...asked].sort((a, b) => a.target.localeCompare(b.target));
const namesOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `/${String(at).padStart(4, '0')}`);

async function against<T>(serve: Parameters<typeof startWire>[0], act: (server: WireServer) => Promise<T>): Promise<T> {
  const server = await startWire(serve);
  try {
    return await act(server);
  } finally {
    await server.close();
  }
}

test('a thousand requests are each answered by their own bytes, on as many connections as there is room for', async () => {
  const names = namesOf(1000);
  await against(answering(({ target, header }) => reply(`${target} ${header('x-name') ?? ''} ${'x'.repeat(Number(target.slice(1)) * 3)}`)), async (server) => {
    const asked = await ask(server.url, names);

    assert.equal(asked.length, 1000);
    for (const { target, status, text } of asked) assert.deepEqual([status, text], [200, `${target} ${target.slice(1)} ${'x'.repeat(Number(target.slice(1)) * 3)}`]);
    assert.equal(server.connections(), 4);
    assert.equal(server.requests[0]?.head.split('\r\n').at(-1), 'user-agent: towline');
  });
});

test('bodies go with their heads, also a second time where the server had closed the connection, and headers of the answer can be asked for', async () => {
  const bodies = new Map(namesOf(300).map((name, at) => [name, Buffer.alloc(at * 300, name)]));
  const tags = new Map<string, string | undefined>();
  const served = new Map<number, number>();
  await against(async (wire) => {
    for (let request = await wire.head(); request; request = await wire.head()) {
      const size = Number(request.header('content-length'));
      const body = await wire.bytes(size);
      const count = (served.get(wire.connection) ?? 0) + 1;
      served.set(wire.connection, count);
      if (count === 40) {
        wire.socket.destroy();
        return;
      }
      const isSame = request.method === 'PUT' && body.equals(bodies.get(request.target) ?? Buffer.alloc(0));
      wire.write(reply('', { headers: `ETag: "${isSame ? request.target : 'other'}"\r\n` }));
    }
  }, async (server) => {
    const waiting = bodies.entries();
    const transport = transportOf();
    await transport.sendSmall?.({ origin: new URL(server.url), room: () => 3, next() {
      const [target, body] = waiting.next().value ?? [];
      return target === undefined ? undefined : { method: 'PUT', target, headers: [], body, take: (answer) => { tags.set(target, answer?.header('etag')); } };
    } });
    await transport.close?.();

    assert.deepEqual(tags, new Map(namesOf(300).map((name) => [name, `"${name}"`])));
    assert.ok(server.connections() > 3);
  });
});

test('an answer in pieces of any size, in chunks, without a body or with too much of one is told as what it is', async () => {
  const large = 'y'.repeat(1200 * 1024);
  const answers: Readonly<Record<string, readonly string[]>> = {
    '/cut': [...reply('in small pieces')],
    '/head': ['HTTP/1.1 200 OK\r\nContent-Le', 'ngth: 9\r\n\r\n', 'in pieces'],
    '/empty': [reply('')],
    '/chunks': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
    '/large': [reply(large)],
    '/largechunks': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12c000\r\n', large, '\r\n0\r\n\r\n'],
    '/absent': [reply('<Error/>', { status: '404 Not Found' })],
    '/news': ['HTTP/1.1 102 Processing\r\n\r\n', reply('after news')],
    '/last': [reply('and ends', { headers: 'Connection: close\r\n' })],
  };
  await against(async (wire) => {
    for (let request = await wire.head(); request; request = await wire.head()) {
      for (const piece of answers[request.target] ?? [reply('plain')]) {
        wire.write(piece);
        await new Promise((resolve) => { setImmediate(resolve); });
      }
      if (request.target === '/last') wire.end();
    }
  }, async (server) => {
    const asked = await ask(server.url, [...Object.keys(answers), ...namesOf(20)]);

    const told = new Map(asked.map(({ target, status, text }) => [target, [status, text]]));
    assert.deepEqual(Object.fromEntries([...told].filter(([target]) => answers[target])), {
      '/cut': [200, 'in small pieces'], '/head': [200, 'in pieces'], '/empty': [200, ''], '/chunks': [200, undefined], '/large': [200, undefined],
      '/largechunks': [200, undefined], '/absent': [404, '<Error/>'], '/news': [200, 'after news'], '/last': [200, 'and ends'],
    });
    for (const name of namesOf(20)) assert.deepEqual(told.get(name), [200, 'plain']);
  });
});

test('a connection that breaks within an answer, or brings what is no answer, has not answered; the others go on', async () => {
  const broken: Readonly<Record<string, string>> = { '/short': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort', '/silent': '', '/nonsense': 'what?\r\n\r\n', '/two': `${reply('one')}${reply('two')}` };
  await against(async (wire) => {
    for (let request = await wire.head(); request; request = await wire.head()) {
      const text = broken[request.target];
      wire.write(text ?? reply('whole'));
      if (text !== undefined) wire.end();
    }
  }, async (server) => {
    const asked = await ask(server.url, [...Object.keys(broken), ...namesOf(10)]);

    assert.deepEqual(sorted(asked).map(({ status, text }) => [status, text]), [
      ...namesOf(10).map(() => [200, 'whole']), [undefined, undefined], [undefined, undefined], [undefined, undefined], [200, 'one'],
    ]);
  });
});

test('a request that met a connection the server had closed is sent again', async () => {
  const closing = (request: WireRequest): boolean => request.target === '/0001';
  await against(async (wire) => {
    const first = await wire.head();
    if (first) wire.write(reply('first'));
    const second = await wire.head();
    if (second && wire.connection === 1 && closing(second)) wire.socket.destroy();
    else if (second) wire.write(reply('second'));
  }, async (server) => {
    const asked = await ask(server.url, namesOf(2), { room: () => 1 });

    assert.deepEqual(asked.map(({ status, text }) => [status, text]), [[200, 'first'], [200, 'first']]);
    assert.equal(server.connections(), 2);
  });
});

test('where nobody answers each is told so', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));

  const asked = await ask(`http://127.0.0.1:${port}`, namesOf(3));

  assert.deepEqual(sorted(asked).map(({ status }) => status), [undefined, undefined, undefined]);
});

test('a server that is silent is not waited for longer than the connection allows', async () => {
  await against(async (wire) => void (await wire.head()), async (server) => {
    assert.deepEqual((await ask(server.url, namesOf(2), { transport: transportOf(0.2) })).map(({ status }) => status), [undefined, undefined]);
  });
});

test('there are never more at once than there is room for, and more as soon as there is more', async () => {
  let [room, open, most] = [1, 0, 0];
  await against(answering(async ({ target }) => {
    open += 1;
    most = Math.max(most, open);
    assert.ok(open <= room, `${open} beside each other`);
    await new Promise((resolve) => { setTimeout(resolve, 2); });
    open -= 1;
    return reply(target);
  }), async (server) => {
    const asked = await ask(server.url, namesOf(60), { room: () => room, onTake: () => { room = Math.min(5, room + 1); } });

    assert.equal(asked.length, 60);
    assert.equal(most, 5);
  });
});

test('when its signal fires it ends at once, takes no more and asks for no more', async () => {
  const stop = new AbortController();
  await against(async (wire) => {
    for (let request = await wire.head(); request; request = await wire.head()) if (request.target < '/0010') wire.write(reply('early'));
  }, async (server) => {
    const asked = await ask(server.url, namesOf(100), { signal: stop.signal, onTake: ({ target }) => { if (target === '/0009') setTimeout(() => { stop.abort(); }, 20); } });

    assert.equal(asked.length, 10);
    assert.deepEqual([...new Set(asked.map(({ text }) => text))], ['early']);
  });
  assert.deepEqual(await ask('http://127.0.0.1:1', namesOf(3), { signal: stop.signal }), []);
});

test('a target or header that would be read as more than one is refused before it is sent', async () => {
  await against(answering(() => reply('no')), async (server) => {
    const transport = transportOf();
    for (const target of ['/a b', '/a\r\nx: y', 'a', '/ä']) {
      const targets = ['/good', target];
      await assert.rejects(async () => await transport.sendSmall?.({ origin: new URL(server.url), room: () => 1, next: () => ({ method: 'GET', target: targets.shift() ?? '', headers: [], take: () => undefined }) }), /cannot be sent/);
    }
    await transport.close?.();
    assert.deepEqual(new Set(server.requests.map(({ target }) => target)), new Set(['/good']));
  });
});

test('by a proxy that is asked for whole URLs it is not done', async () => {
  const transport = createConnect({ env: { http_proxy: 'http://127.0.0.1:1' }, warn: () => undefined, now: () => Date.now() }, { readFile: () => undefined })();

  assert.equal(transport.sendSmall?.({ origin: new URL('http://far.example'), room: () => 1, next: () => assert.fail('asked') }), undefined);
  await transport.close?.();
});

/** A place that takes bodies in rooms of so many bytes, and tells what becomes of it. */
function landing(size: number, { room = Infinity, takesMore = () => true }: { readonly room?: number; readonly takesMore?: (resume: () => void) => boolean } = {}): Landing & { readonly memoryOf: Buffer; readonly events: string[] } {
  const memoryOf = Buffer.alloc(size);
  const events: string[] = [];
  let count = 0;
  return {
    memoryOf, events,
    memory: () => memoryOf.subarray(count, Math.min(size, (Math.floor(count / room) + 1) * room || size)),
    came(bytes, resume) {
      count += bytes;
      return takesMore(resume);
    },
    leave: () => { events.push(count === size ? 'whole' : 'part'); },
  };
}

const LARGE = 3 * 1024 * 1024 + 7;
const largeText = (target: string): string => target.repeat(Math.ceil(LARGE / target.length)).slice(0, LARGE);

for (const [name, options] of [['in one room', {}], ['in rooms', { room: 100_000 }], ['that asks for pauses', { room: 100_000, takesMore: (resume: () => void) => { setTimeout(resume, 1); return false; } }]] as const) {
  test(`large bodies come to a place of the caller's ${name}, small ones and refusals do not`, async () => {
    const targets = namesOf(12);
    await against(answering(({ target }) => (target === '/0003' ? reply('no', { status: '404 Not Found' }) : target === '/0004' ? reply(largeText('refused'), { status: '503 Slow Down' }) : target === '/0005' ? reply('small') : reply(largeText(target)))), async (server) => {
      const places = new Map<string, ReturnType<typeof landing>>();
      const told: (readonly [string, number | undefined, string | undefined])[] = [];
      const waiting = targets[Symbol.iterator]();
      const transport = transportOf();
      await transport.sendSmall?.({ origin: new URL(server.url), room: () => 3, next() {
        const target = waiting.next().value;
        return target === undefined ? undefined : {
          method: 'GET', target, headers: [],
          land(size) {
            const place = landing(size, options);
            places.set(target, place);
            return place;
          },
          take(answer, body) {
            const place = places.get(target);
            assert.deepEqual(place?.events ?? [], [], 'nobody has left');
            told.push([target, answer?.status, body instanceof Uint8Array ? Buffer.from(body).toString() : body && (body === place ? place.memoryOf.toString() : 'another')]);
          },
        };
      } });
      await transport.close?.();

      const byTarget = new Map(told.map(([target, ...rest]) => [target, rest]));
      assert.equal(told.length, 12);
      for (const target of targets) {
        const expected = target === '/0003' ? [404, 'no'] : target === '/0004' ? [503, undefined] : target === '/0005' ? [200, 'small'] : [200, largeText(target)];
        assert.ok(JSON.stringify(byTarget.get(target)) === JSON.stringify(expected), target);
        assert.deepEqual(places.get(target)?.events, ['/0003', '/0004', '/0005'].includes(target) ? undefined : ['whole']);
      }
    });
  });
}

test('what is cut off on its way to a place is told once and left, and so is what nobody waits for any more', async () => {
  const stop = new AbortController();
  await against(async (wire) => {
    await wire.head();
    wire.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n${'x'.repeat(200_000)}`);
    if (wire.connection === 1) setTimeout(() => { wire.socket.destroy(); }, 20);
    else setTimeout(() => { stop.abort(); }, 200);
  }, async (server) => {
    const places: ReturnType<typeof landing>[] = [];
    const told: (number | undefined)[] = [];
    let count = 0;
    const transport = transportOf();
    await transport.sendSmall?.({ origin: new URL(server.url), room: () => 2, signal: stop.signal, next: () => {
      count += 1;
      return count > 2 ? undefined : { method: 'GET', target: '/x', headers: [], take: (answer, body) => { told.push(body === undefined ? answer?.status : 200); }, land(size) {
        const place = landing(size);
        places.push(place);
        return place;
      } };
    } });
    await transport.close?.();

    assert.deepEqual(told, [undefined]);
    assert.deepEqual(places.map(({ events }) => events), [['part'], ['part']]);
  });
});

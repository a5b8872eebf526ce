import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gather } from '../../src/storage/content.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { openHttp } from '../servers/open-http.ts';
import { bodyOf } from '../transport/case.ts';
import { scripted } from '../transport/scripted.ts';
import { type Fault, faultyTransport, type FaultyTransport } from './faulty-transport.ts';

const BODY = ['01234', '56789'];
const withFaults = (...faults: readonly Fault[]): FaultyTransport => faultyTransport(scripted(() => ({ status: 200, headers: { 'content-length': '10' }, body: BODY })), faults);

async function read(transport: FaultyTransport, signal?: AbortSignal): Promise<string> {
  const response = await transport.send({ method: 'GET', url: new URL('http://host/a'), headers: [], ...(signal && { signal }) });
  return Buffer.from(await gather(response.body, 100)).toString();
}

test('a fault strikes the requests it names and no others', async () => {
  const transport = withFaults({ at: { request: 1, method: 'GET', path: /^\/a/ }, do: { kind: 'status', status: 503, headers: { 'retry-after': '1' } } });
  assert.equal(await read(transport), '0123456789');
  assert.equal(await read(transport), '');
  assert.equal(await read(transport), '0123456789');
  assert.deepEqual(transport.struck, [1]);
});

for (const byte of [0, 1, 5, 9]) {
  test(`a body cut at byte ${byte} is an error to the reader of a remote`, async () => {
    const transport = withFaults({ at: { byte }, do: { kind: 'cut' } });
    const driver = await openHttp({ url: 'http://host', through: () => transport });
    const content = await driver.read(parsePath('a'));
    let got = 0;
    await assert.rejects(async () => { for await (const chunk of content.body) got += chunk.byteLength; }, { code: 'UNAVAILABLE', retryable: true });
    assert.equal(got, byte);
  });
}

test('a flipped bit is in its place and nowhere else', async () => {
  assert.equal(await read(withFaults({ at: { byte: 6 }, do: { kind: 'flip', bit: 0 } })), '0123457789');
});

test('a stalled body ends by its signal', async () => {
  const stop = new AbortController();
  const transport = withFaults({ at: { byte: 3 }, do: { kind: 'stall' } });
  const reading = read(transport, stop.signal);
  stop.abort();
  await assert.rejects(reading, { code: 'ABORTED' });
});

test('a request cut on its way reaches the server short, a lost answer after the server has acted', async () => {
  const seen: number[] = [];
  const inner = scripted(() => ({ status: 201 }));
  const server = { ...inner, send: async (request: Parameters<typeof inner.send>[0]) => {
    let size = 0;
    try {
      for await (const chunk of request.body?.open() ?? []) size += chunk.byteLength;
    } finally {
      seen.push(size);
    }
    return inner.send(request);
  } };
  const transport = faultyTransport(server, [{ at: { request: 0, byte: 4 }, do: { kind: 'cut-request' } }, { at: { request: 1 }, do: { kind: 'lose-answer' } }]);
  const driver = await openHttp({ url: 'http://host', through: () => transport });
  for (let turn = 0; turn < 2; turn += 1) await assert.rejects(driver.write(parsePath('a'), fromBytes(bodyOf('0123456789').bytes ?? new Uint8Array())), { code: 'UNAVAILABLE', retryable: true });
  await driver.write(parsePath('a'), fromBytes(Buffer.from('0123456789')));
  assert.deepEqual(seen, [4, 10, 10]);
});

test('a planted redirect to another host is followed without credentials', async () => {
  const inner = scripted(() => ({ status: 200, headers: { 'content-length': '1' } }));
  const transport = faultyTransport(inner, [{ at: { request: 0 }, do: { kind: 'redirect', to: 'http://evil.example/' } }]);
  const driver = await openHttp({ url: 'http://host', options: { auth: 'basic', user: 'u', password: 'p' }, through: () => transport });
  await driver.stat(parsePath('a'));
  assert.deepEqual(inner.requests.map(({ url, headers }) => [url.host, headers.some(([name]) => name === 'authorization')]), [['evil.example', false]]);
});

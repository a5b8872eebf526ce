import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openWebdav } from '../../../test/servers/open-webdav.ts';
import { scripted, type ScriptedAnswer, type ScriptedTransport, sentHeader } from '../../../test/transport/scripted.ts';
import { TowlineError } from '../../errors.ts';
import type { HttpRequest } from '../../http/transport.ts';
import { parsePath } from '../../storage/path.ts';
import { fromBytes, type Source } from '../../storage/source.ts';

const path = parsePath('files/ab/cd');
const source = fromBytes(Buffer.from('12345'));
const APACHE = 'xmlns:lp2="http://apache.org/dav/props/"';
const found = (href: string, { size = 5, mark = '', isFolder = false } = {}): ScriptedAnswer => ({
  status: 207, headers: { server: 'Some' },
  body: `<D:multistatus xmlns:D="DAV:"><D:response ${mark}><D:href>${href}</D:href><D:propstat><D:prop>${isFolder ? '<D:resourcetype><D:collection/></D:resourcetype>' : `<D:getcontentlength>${size}</D:getcontentlength>`}</D:prop></D:propstat></D:response></D:multistatus>`,
});
type Rule = (request: HttpRequest, number: number) => ScriptedAnswer | Error | undefined;

/** A server whose root is there; what `rule` leaves open succeeds, and objects are absent. */
function serverOf(rule: Rule = () => undefined, mark = ''): ScriptedTransport {
  return scripted((request, number) => rule(request, number) ?? (request.method === 'PROPFIND' ? (request.url.pathname === '/dav/' ? found('/dav/', { mark, isFolder: true }) : { status: 404 }) : { status: 201 }));
}
const open = async (net: ScriptedTransport): ReturnType<typeof openWebdav> =>
  await openWebdav({ url: 'webdav://host/dav', through: () => net, opening: { randomBytes: (count) => new Uint8Array(count), wait: async () => undefined } });
/** 'METHOD path' of each request, the temporary name as TMP. */
const steps = ({ requests }: ScriptedTransport): readonly string[] => requests.map(({ method, url }) => `${method} ${url.pathname.replace(/\.A{22}\.tmp/, 'TMP')}`);
const GREETING = 'PROPFIND /dav/';

describe('an upload', () => {
  test('grows under another name and is moved to its own', async () => {
    const net = serverOf();
    const driver = await open(net);

    assert.deepEqual(await driver.write(path, source), { entry: { path, kind: 'file', size: 5 }, how: 'streamed' });

    assert.deepEqual(steps(net), [GREETING, 'PUT /dav/files/ab/TMP', 'MOVE /dav/files/ab/TMP']);
    assert.deepEqual([sentHeader(net.requests[2], 'destination'), sentHeader(net.requests[2], 'overwrite')], ['http://host/dav/files/ab/cd', 'T']);
    assert.equal(driver.traits.writes, 'atomic');
  });

  test('goes straight to its name where the server shows it whole or not at all, and the server is asked once what it is', async () => {
    const net = serverOf(() => undefined, APACHE);
    const driver = await open(net);

    await Promise.all([driver.write(path, source), driver.write(parsePath('b'), source)]);
    await driver.write(parsePath('c'), source);

    assert.deepEqual(steps(net), [GREETING, 'PUT /dav/files/ab/cd', 'PUT /dav/b', 'PUT /dav/c']);
  });

  for (const status of [405, 501, 403]) {
    test(`grows in place where MOVE is answered ${status}, from then on at once, and says so`, async () => {
      const net = serverOf(({ method }) => (method === 'MOVE' ? { status } : undefined));
      const driver = await open(net);

      await driver.write(path, source);
      assert.equal(driver.traits.writes, 'partial');
      await driver.write(path, source);

      assert.deepEqual(steps(net).slice(1), ['PUT /dav/files/ab/TMP', 'MOVE /dav/files/ab/TMP', 'DELETE /dav/files/ab/TMP', 'PUT /dav/files/ab/cd', 'PUT /dav/files/ab/cd']);
      await assert.rejects(driver.write(parsePath('new'), source, { mode: 'create' }), { code: 'UNSUPPORTED' });
      assert.equal(net.requests.length, 6);
    });
  }

  test('is refused where MOVE was allowed before and is forbidden now', async () => {
    let moves = 0;
    const net = serverOf(({ method }) => (method === 'MOVE' && ++moves === 2 ? { status: 403 } : undefined));
    const driver = await open(net);
    await driver.write(path, source);

    await assert.rejects(driver.write(path, source), { code: 'PERMISSION_DENIED' });

    assert.deepEqual(steps(net).slice(-1), ['DELETE /dav/files/ab/TMP']);
    assert.equal(driver.traits.writes, 'atomic');
  });

  for (const status of [400, 502]) {
    test(`names its target without a host once a server behind a proxy has answered ${status}`, async () => {
      const net = serverOf((request) => (request.method === 'MOVE' && sentHeader(request, 'destination')?.startsWith('http') === true ? { status } : undefined));
      const driver = await open(net);

      await driver.write(path, source);
      await driver.write(path, source);

      const targets = net.requests.filter(({ method }) => method === 'MOVE').map((request) => sentHeader(request, 'destination'));
      assert.deepEqual(targets, ['http://host/dav/files/ab/cd', '/dav/files/ab/cd', '/dav/files/ab/cd']);
    });
  }

  const failures: readonly (readonly [string, ScriptedAnswer | Error, readonly number[], number])[] = [
    ['a refusal is followed by one look', { status: 507 }, [404], 1],
    ['a refusal is followed by one look, whatever it finds', { status: 507 }, [204], 1],
    ['a cut is followed by looks until it is gone twice', new TowlineError('UNAVAILABLE', 'cut', { retryable: true }), [423, 404, 204, 404], 4],
    ['a name that cannot be taken away ends them', new TowlineError('UNAVAILABLE', 'cut'), [403], 1],
    ['they end in any case', new TowlineError('UNAVAILABLE', 'cut'), Array.from({ length: 10 }, () => 423), 6],
  ];
  for (const [what, failure, answers, looks] of failures) {
    test(`leaves nothing when it fails: ${what}`, async () => {
      let count = 0;
      const net = serverOf(({ method }) => (method === 'PUT' ? failure : method === 'DELETE' ? { status: answers[count++] ?? 500 } : undefined));
      const driver = await open(net);

      await assert.rejects(driver.write(path, source), { code: 'UNAVAILABLE' });

      assert.deepEqual(steps(net).slice(2), Array.from({ length: looks }, () => 'DELETE /dav/files/ab/TMP'));
    });
  }

  test('of unknown size is looked at before it gets its name: a server may have taken it for an empty one', async () => {
    for (const size of [5, 0]) {
      const net = serverOf(({ method, url }) => (method === 'PROPFIND' && url.pathname.endsWith('.tmp') ? found(url.pathname, { size }) : undefined));
      // The scripted net reads no bodies, so that nought bytes were sent.
      const writing = (await open(net)).write(path, { ...source, size: undefined });

      if (size === 0) assert.equal((await writing).entry.size, 0);
      else await assert.rejects(writing, { code: 'CORRUPT', message: /it has 5 of 0 bytes there/ });
      assert.deepEqual(steps(net).slice(-1), [size === 0 ? 'MOVE /dav/files/ab/TMP' : 'DELETE /dav/files/ab/TMP']);
    }
  });

  test('refuses If-Match before the first byte', async () => {
    const net = serverOf();

    await assert.rejects((await open(net)).write(path, source, { mode: { ifMatch: '"x"' } }), { code: 'UNSUPPORTED' });

    assert.equal(net.requests.length, 0);
  });
});

describe("an upload with mode 'create'", () => {
  test('never replaces, and what is there is noticed before the first byte', async () => {
    const net = serverOf();
    await (await open(net)).write(path, source, { mode: 'create' });
    assert.deepEqual(steps(net).slice(1), ['PROPFIND /dav/files/ab/cd', 'PUT /dav/files/ab/TMP', 'MOVE /dav/files/ab/TMP']);
    assert.equal(sentHeader(net.requests[3], 'overwrite'), 'F');

    const full = serverOf(({ method, url }) => (method === 'PROPFIND' && url.pathname !== '/dav/' ? found(url.pathname) : undefined));
    await assert.rejects((await open(full)).write(path, source, { mode: 'create' }), { code: 'ALREADY_EXISTS' });
    assert.equal(full.requests.some(({ method }) => method === 'PUT'), false);
  });

  test('loses to who was faster', async () => {
    const net = serverOf(({ method }) => (method === 'MOVE' ? { status: 412 } : undefined));

    await assert.rejects((await open(net)).write(path, source, { mode: 'create' }), { code: 'ALREADY_EXISTS' });

    assert.equal(steps(net).at(-1), 'DELETE /dav/files/ab/TMP');
  });

  test('is UNSUPPORTED where MOVE is refused, and leaves nothing', async () => {
    const net = serverOf(({ method }) => (method === 'MOVE' ? { status: 405 } : undefined));

    await assert.rejects((await open(net)).write(path, source, { mode: 'create' }), { code: 'UNSUPPORTED' });

    assert.deepEqual(steps(net).slice(-2), ['MOVE /dav/files/ab/TMP', 'DELETE /dav/files/ab/TMP']);
  });
});

describe('folders', () => {
  /** A server that wants folders to be made, by `status`, with those of `made`. */
  const strict = (status: number, made: Set<string>): ScriptedTransport => serverOf(({ method, url: { pathname } }) => {
    const parent = pathname.replace(/[^/]*\/?$/, '');
    if ((method === 'PUT' || method === 'MKCOL') && !made.has(parent)) return { status };
    if (method === 'MKCOL' && made.has(pathname)) return { status: 405 };
    if (method === 'MKCOL') made.add(pathname);
    return undefined;
  }, APACHE);

  for (const status of [409, 404]) {
    test(`are made when the server misses them (${status}), also the remote's own, once for many writers`, async () => {
      const net = strict(status, new Set(['/']));
      const driver = await open(net);

      await Promise.all(['a', 'b', 'c'].map(async (name) => await driver.write(parsePath(`x/y/${name}`), source)));

      const made = steps(net).filter((step) => step.startsWith('MKCOL'));
      assert.deepEqual(made, ['MKCOL /dav/x/y/', 'MKCOL /dav/x/', 'MKCOL /dav/', 'MKCOL /dav/x/', 'MKCOL /dav/x/y/']);
      await driver.write(parsePath('x/y/d'), source);
      assert.equal(steps(net).at(-1), 'PUT /dav/x/y/d');
      assert.equal(steps(net).filter((step) => step.endsWith('/d')).length, 1);
    });
  }

  test('are made anew when somebody has taken them away', async () => {
    const made = new Set(['/', '/dav/']);
    const net = strict(409, made);
    const driver = await open(net);
    await driver.write(parsePath('x/a'), source);
    made.delete('/dav/x/');

    await driver.write(parsePath('x/b'), source);

    assert.ok(made.has('/dav/x/'));
  });

  test('cannot be made below a file, which is said', async () => {
    const net = serverOf(({ method }) => (method === 'PUT' ? { status: 409 } : method === 'MKCOL' ? { status: 405 } : undefined), APACHE);

    await assert.rejects((await open(net)).write(parsePath('file/below'), source), { code: 'PRECONDITION_FAILED', hint: /may be a file/ });

    assert.ok(net.requests.length < 8);
  });

  test('that may not be made are an error of the object', async () => {
    const net = serverOf(({ method }) => (method === 'PUT' ? { status: 409 } : method === 'MKCOL' ? { status: 403 } : undefined));

    await assert.rejects((await open(net)).write(path, source), { code: 'PERMISSION_DENIED', message: /^writing 'files\/ab\/cd' on webdav:\/\/host\/dav \(MKCOL\)/ });
  });
});

describe('a copy', () => {
  const from = parsePath('old');
  const copied = (origin: Source['origin'], size = 5): Source => ({ ...fromBytes(Buffer.alloc(size)), ...(origin && { origin }) });
  const withCopy = (size: number, rule: Rule = () => undefined): ScriptedTransport => serverOf((request, number) => rule(request, number) ?? (request.method === 'PROPFIND' && request.url.pathname.endsWith('.tmp') ? found(request.url.pathname, { size }) : undefined));

  test('is made by the server, looked at, and moved to its name', async () => {
    const net = withCopy(5);
    const driver = await open(net);

    assert.equal((await driver.write(path, copied(driver.origin(from)))).how, 'copied');

    assert.deepEqual(steps(net).slice(1), ['COPY /dav/old', 'PROPFIND /dav/files/ab/TMP', 'MOVE /dav/files/ab/TMP']);
    assert.match(sentHeader(net.requests[1], 'destination') ?? '', /^http:\/\/host\/dav\/files\/ab\/\.A+\.tmp$/);
    assert.deepEqual([sentHeader(net.requests[1], 'overwrite'), sentHeader(net.requests[1], 'depth')], ['F', '0']);
  });

  test('that is not whole gets no name', async () => {
    const net = withCopy(4);
    const driver = await open(net);

    await assert.rejects(driver.write(path, copied(driver.origin(from))), { code: 'CORRUPT' });

    assert.equal(steps(net).at(-1), 'DELETE /dav/files/ab/TMP');
    assert.equal(net.requests.some(({ method }) => method === 'MOVE'), false);
  });

  test('that the server refuses becomes an upload; where it knows no COPY it is not asked again', async () => {
    const net = withCopy(5, ({ method }) => (method === 'COPY' ? { status: 501 } : undefined));
    const driver = await open(net);

    for (let turn = 0; turn < 2; turn += 1) assert.equal((await driver.write(path, copied(driver.origin(from)))).how, 'streamed');

    assert.equal(net.requests.filter(({ method }) => method === 'COPY').length, 1);
  });

  test('from another server is not asked for', async () => {
    const net = withCopy(5);
    const other = await openWebdav({ url: 'webdav://other/dav', through: () => net });

    await (await open(net)).write(path, copied(other.origin(from)));

    assert.equal(net.requests.some(({ method }) => method === 'COPY'), false);
  });
});

test('writers of one name take turns at MOVE, and one that gives up does not keep the others', async () => {
  const running: string[] = [];
  const net = serverOf();
  const slow: ScriptedTransport = { ...net, async send(request) {
    if (request.method !== 'MOVE') return await net.send(request);
    running.push('in');
    await new Promise((resolve) => { setImmediate(resolve); });
    running.push('out');
    return await net.send(request);
  } };
  const driver = await open(slow);
  await driver.write(parsePath('known'), source);
  running.length = 0;
  const controller = new AbortController();

  const results = [driver.write(path, source), driver.write(path, source, { signal: controller.signal }), driver.write(path, source)];
  controller.abort();
  const outcomes = await Promise.allSettled(results);

  assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
  assert.deepEqual(running.filter((_, index) => index % 2 === 0), running.filter((step) => step === 'in'));
});

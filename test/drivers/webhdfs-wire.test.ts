import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode, TowlineError } from '../../src/errors.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readBack } from '../../src/storage/conformance/expect.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import type { SeenRequest } from './s3-wire.ts';
import { createWebhdfsWire, exception, json, oneObject, operationOf, statusOf } from './webhdfs-wire.ts';

const path = parsePath('a b');
const query = ({ target }: SeenRequest): URLSearchParams => new URLSearchParams(target.slice(target.indexOf('?')));
const toNamenode = (seen: readonly SeenRequest[]): readonly SeenRequest[] => seen.filter(({ origin }) => !origin.includes('datanode'));
const toDatanode = (seen: readonly SeenRequest[]): readonly SeenRequest[] => seen.filter(({ origin }) => origin.includes('datanode'));

/** One call of every verb. */
async function useAll(driver: Required<Driver>): Promise<void> {
  await driver.stat(path);
  await readBack(driver, path);
  await driver.write(path, fromBytes(Buffer.from('hello')));
  await driver.list(parsePath(''));
  await driver.delete([{ path }]);
}

describe('what a NameNode and its data nodes see', () => {
  it('of user: user.name in every request to the NameNode, and to the data nodes only what it says itself', async () => {
    const wire = createWebhdfsWire(oneObject());

    await useAll(await wire.open({ user: 'al ice' }));

    assert.deepEqual([...new Set(toNamenode(wire.seen).map((one) => query(one).get('user.name')))], ['al ice']);
    assert.ok(toDatanode(wire.seen).length >= 3);
    for (const one of toDatanode(wire.seen)) assert.deepEqual([query(one).get('user.name'), query(one).get('delegation')], [null, 'of-the-namenode']);
  });

  it('of the user of the URL: the same, unless the remote names another', async () => {
    const wire = createWebhdfsWire(oneObject());

    await (await wire.open({}, 'webhdfs://alice@namenode:9870/store')).stat(path);
    await (await wire.open({ user: 'bob' }, 'webhdfs://alice@namenode:9870/store')).stat(path);

    assert.deepEqual([...new Set(toNamenode(wire.seen).map((one) => query(one).get('user.name')))], ['alice', 'bob']);
  });

  it('of password: a header for the NameNode, none for a data node, and no user.name', async () => {
    const wire = createWebhdfsWire(oneObject());

    await useAll(await wire.open({ user: 'alice', password: 'hidden' }));

    for (const one of toNamenode(wire.seen)) assert.deepEqual([one.headers.get('authorization'), query(one).get('user.name')], [`Basic ${Buffer.from('alice:hidden').toString('base64')}`, null]);
    for (const one of toDatanode(wire.seen)) assert.equal(one.headers.get('authorization'), undefined);
  });

  it('of token and proxy_to: delegation and doas in every request to the NameNode', async () => {
    for (const [option, parameter] of [['token', 'delegation'], ['proxy_to', 'doas']] as const) {
      const wire = createWebhdfsWire(oneObject());

      await useAll(await wire.open({ [option]: 'a+b' }));

      assert.deepEqual([...new Set(toNamenode(wire.seen).map((one) => query(one).get(parameter)))], ['a+b']);
      assert.ok(toDatanode(wire.seen).every((one) => query(one).get(parameter) !== 'a+b'));
    }
  });

  it('of use_https: https; without it, http; and no data node by http after https', async () => {
    const wire = createWebhdfsWire(oneObject());
    await (await wire.open()).list(parsePath(''));
    const secure = await wire.open({ use_https: 'true' });
    await secure.list(parsePath(''));

    assert.deepEqual(wire.seen.map(({ origin }) => origin), ['http://namenode:9870', 'https://namenode:9870']);
    await assert.rejects(secure.read(path), (error) => hasCode(error, 'UNAVAILABLE'));
    assert.deepEqual(toDatanode(wire.seen), []);
  });

  it('of ssl_verify and the timeouts: settings of the connection', async () => {
    const wire = createWebhdfsWire(oneObject());

    await wire.open();
    await wire.open({ ssl_verify: 'false', connect_timeout: '7', read_timeout: '8' });
    await wire.open({ ssl_verify: '/etc/ca.pem' });

    assert.deepEqual(wire.connections, [
      { verifyTls: true, connectTimeoutSeconds: 60, idleTimeoutSeconds: 60 },
      { verifyTls: false, connectTimeoutSeconds: 7, idleTimeoutSeconds: 8 },
      { verifyTls: true, caFile: '/etc/ca.pem', connectTimeoutSeconds: 60, idleTimeoutSeconds: 60 },
    ]);
  });

  it('of jobs: as many calls at once as it says', async () => {
    const wire = createWebhdfsWire(oneObject());

    assert.deepEqual([(await wire.open()).traits.concurrency, (await wire.open({ jobs: '3' })).traits.concurrency], [32, 3]);
  });

  it('of data_proxy_target: it stands in for the NameNode, in requests and in redirects, and gets the password', async () => {
    const gateway = 'https://gateway:8443/gateway/default/webhdfs/v1';
    const wire = createWebhdfsWire((request) => {
      const isFirst = operationOf(request) === 'OPEN' && query(request).get('data') === null;
      return isFirst ? { status: 307, headers: { location: 'http://namenode:9870/webhdfs/v1/store/a%20b?op=OPEN&data=true' } } : { body: 'hello' };
    });
    const driver = await wire.open({ data_proxy_target: `${gateway}/`, user: 'alice', password: 'hidden' });

    await readBack(driver, path);

    assert.deepEqual(wire.seen.map(({ origin, target }) => origin + target), [`${gateway}/store/a%20b?op=OPEN`, `${gateway}/store/a%20b?op=OPEN&data=true`]);
    assert.ok(wire.seen.every(({ headers }) => headers.has('authorization')));
  });

  it('of a data_proxy_target that is no URL: nothing', async () => {
    for (const target of ['gateway:8443/webhdfs/v1', 'ftp://gateway/', 'http://a@gateway/', 'http://gateway/?x']) {
      await assert.rejects(createWebhdfsWire(oneObject()).open({ data_proxy_target: target }), (error) => hasCode(error, 'INVALID_CONFIG'));
    }
  });

  it('of contradicting logins: nothing, and why, in the words of DVC', async () => {
    for (const [given, words] of [
      [{ token: 't', user: 'alice' }, /If passing a delegation token, must not set user or proxy_to/],
      [{ token: 't', proxy_to: 'bob' }, /If passing a delegation token, must not set user or proxy_to/],
      [{ kerberos: 'true', user: 'alice' }, /If using Kerberos auth, do not specify the user, this is handled by kinit/],
      [{ password: 'p' }, /the user must also be set/],
    ] as const) {
      await assert.rejects(createWebhdfsWire(oneObject()).open(given), (error) => error instanceof TowlineError && error.code === 'INVALID_CONFIG' && words.test(error.message));
    }
    await assert.rejects(createWebhdfsWire(oneObject()).open({ token: 't' }, 'webhdfs://alice@namenode:9870/store'), (error) => hasCode(error, 'INVALID_CONFIG'));
  });

  it("of kerberos and a user beside 'kerberos = false': no contradiction", async () => {
    await (await createWebhdfsWire(oneObject()).open({ kerberos: 'false', user: 'alice' })).stat(path);
  });
});

describe('requests for an object', () => {
  it('a small one is read by two, written by four', async () => {
    const wire = createWebhdfsWire(oneObject());
    const driver = await wire.open();

    await readBack(driver, path);
    assert.deepEqual(wire.seen.map(operationOf), ['OPEN', 'OPEN']);
    wire.seen.length = 0;
    await driver.write(path, fromBytes(Buffer.from('hello')));

    assert.deepEqual(wire.seen.map(operationOf), ['CREATE', 'CREATE', 'GETFILESTATUS', 'RENAME']);
    assert.deepEqual(wire.seen.map(({ body }) => body), ['', 'hello', '', '']);
    assert.match(wire.seen[0]?.target ?? '', /^\/webhdfs\/v1\/store\/\.[\w-]{22}\.tmp\?/);
  });

  it('who looks only whether it is there asks one question', async () => {
    const wire = createWebhdfsWire(oneObject());
    const driver = await wire.open();

    assert.deepEqual(await driver.stat(path, { withoutEtag: true }), { path, kind: 'file', size: 5, modifiedAt: 1 });
    assert.equal(wire.seen.length, 1);
    assert.equal((await driver.stat(path)).etag, '00ff');
  });

  it('HttpFS, which leads to itself, is sent the bytes at once from the second on', async () => {
    const wire = createWebhdfsWire((request) => {
      if (operationOf(request) === 'GETFILESTATUS') return json({ FileStatus: statusOf(5) });
      if (operationOf(request) === 'RENAME') return json({ boolean: true });
      if (query(request).get('data') === 'true') return { status: 201 };
      return { status: 307, headers: { location: `${request.origin}${request.target}&data=true` } };
    });
    const driver = await wire.open();

    await driver.write(path, fromBytes(Buffer.from('hello')));
    await driver.write(path, fromBytes(Buffer.from('hello')));

    assert.deepEqual(wire.seen.filter((one) => operationOf(one) === 'CREATE').map(({ body }) => body), ['', 'hello', 'hello']);
  });
});

describe('a cluster that does something else', () => {
  const listing = [statusOf(1, { pathSuffix: 'a' }), statusOf(0, { pathSuffix: 'folder', type: 'DIRECTORY' }), statusOf(1, { pathSuffix: '.kEFqDWOyR6SQzWTTqX3Pzw.tmp' }), statusOf(1, { pathSuffix: '..' })];

  it('of Hadoop 2, without LISTSTATUS_BATCH, is asked by LISTSTATUS, and never again otherwise', async () => {
    const wire = createWebhdfsWire((request) => (operationOf(request) === 'LISTSTATUS' ? json({ FileStatuses: { FileStatus: listing } })
      : exception('IllegalArgumentException', 'Invalid value for webhdfs parameter "op": No enum constant org.apache.hadoop.hdfs.web.resources.GetOpParam.Op.LISTSTATUS_BATCH', 400)));
    const driver = await wire.open();

    const first = await driver.list(parsePath(''));
    await driver.list(parsePath(''));

    assert.deepEqual(first.entries.map((entry) => [entry.path, entry.kind]), [['a', 'file'], ['folder', 'directory']]);
    assert.deepEqual(wire.seen.map(operationOf), ['LISTSTATUS_BATCH', 'LISTSTATUS', 'LISTSTATUS']);
  });

  it('lists in pages, each after the last name of the one before', async () => {
    const page = (names: readonly string[], remainingEntries: number): object => ({ DirectoryListing: { partialListing: { FileStatuses: { FileStatus: names.map((pathSuffix) => statusOf(1, { pathSuffix })) } }, remainingEntries } });
    const wire = createWebhdfsWire((request) => json(query(request).get('startAfter') === null ? page(['a', 'b&c'], 1) : page(['d'], 0)));
    const driver = await wire.open();

    const first = await driver.list(parsePath(''));
    const second = await driver.list(parsePath(''), { ...(first.cursor !== undefined && { cursor: first.cursor }) });

    assert.equal(query(wire.seen[1] ?? assert.fail()).get('startAfter'), 'b&c');
    assert.deepEqual([...first.entries, ...second.entries].map((entry) => entry.path), ['a', 'b&c', 'd']);
    assert.equal(second.cursor, undefined);
  });

  it('holds fewer bytes than were sent: the object gets no name, and what is there goes', async () => {
    const answer = oneObject('hell');
    const wire = createWebhdfsWire(answer);

    await assert.rejects((await wire.open()).write(path, fromBytes(Buffer.from('hello'))), (error) => error instanceof TowlineError && error.retryable && /4 of 5 bytes/.test(error.message));

    assert.deepEqual(wire.seen.map(operationOf).slice(-2), ['GETFILESTATUS', 'DELETE']);
  });

  it('sends fewer bytes than it announced: the read fails and may be repeated', async () => {
    const wire = createWebhdfsWire((request) => (operationOf(request) === 'GETFILESTATUS' ? json({ FileStatus: statusOf(9) }) : oneObject('short')(request)));

    await assert.rejects(readBack(await wire.open(), path, { start: 1 }), (error) => error instanceof TowlineError && error.retryable && /less than the 8 bytes/.test(error.message));
  });

  it('joins no files: nothing is uploaded in parts, and nothing is left', async () => {
    const wire = createWebhdfsWire((request) => {
      if (operationOf(request) === 'CONCAT') return exception('HadoopIllegalArgumentException', 'concat can not be called for files in an encryption zone.', 400);
      return oneObject('x')(request);
    });

    await assert.rejects((await wire.open()).upload(path, { size: 1e8 }), (error) => hasCode(error, 'UNSUPPORTED'));

    assert.equal(operationOf(wire.seen.at(-1) ?? assert.fail()), 'DELETE');
    assert.equal(query(wire.seen.at(-1) ?? assert.fail()).get('recursive'), 'true');
  });

  describe('at the end of an upload in parts', () => {
    const PART = 8 * 1024 * 1024;
    const COUNT = 200;
    const resume = `1:${PART}:.AAAAAAAAAAAAAAAAAAAAAA.tmp:a b`;
    const parts = Array.from({ length: COUNT }, (_, index) => ({ number: index + 1, start: index * PART, end: (index + 1) * PART, tag: `${index * PART}-${(index + 1) * PART}` }));
    /** Part 1 has taken `joined` parts already. */
    const cluster = (joined: number) => createWebhdfsWire((request) => {
      const op = operationOf(request);
      const files = parts.filter(({ number }) => number === 1 || number > joined).map(({ number }) => statusOf(number === 1 ? joined * PART : PART, { pathSuffix: String(number).padStart(5, '0') }));
      if (op === 'LISTSTATUS') return json({ FileStatuses: { FileStatus: [...files, statusOf(1, { pathSuffix: 'probe-1' })] } });
      if (op === 'GETFILESTATUS') return json({ FileStatus: statusOf(COUNT * PART) });
      return op === 'DELETE' ? json({ boolean: true }) : {};
    });
    const joinedNames = (seen: readonly SeenRequest[]): readonly string[] => seen.filter((one) => operationOf(one) === 'CONCAT').flatMap((one) => (query(one).get('sources') ?? '').split(',').map((name) => name.slice(name.lastIndexOf('/') + 1)));

    it('a part has a name of its own each time it is sent, so that a server that is late with the first does not write over the second', async () => {
      const [part, bytes] = [{ number: 2, start: PART, end: PART + 5 }, fromBytes(Buffer.from('hello'))];
      const wire = createWebhdfsWire((request) => (operationOf(request) === 'LISTSTATUS' ? json({ FileStatuses: { FileStatus: [] } }) : oneObject()(request)));
      const upload = await (await wire.open()).upload(path, { size: PART + 5, resume });

      await upload.send(part, bytes);
      await upload.send(part, bytes);

      const created = new Set(wire.seen.filter((one) => operationOf(one) === 'CREATE').map(({ target }) => target.slice(0, target.indexOf('?'))));
      assert.equal(created.size, 2);
      const renamed = wire.seen.filter((one) => operationOf(one) === 'RENAME');
      assert.deepEqual(renamed.map(({ target }) => target.slice(0, target.indexOf('?'))), [...created]);
      assert.ok(renamed.every((one) => query(one).get('destination')?.endsWith('.tmp/00002') && query(one).get('renameoptions') === 'OVERWRITE'));
    });

    it('the parts are joined in their order, by as many names at once as fit into a URL', async () => {
      const wire = cluster(1);
      const upload = await (await wire.open()).upload(path, { size: COUNT * PART, resume });
      assert.equal(upload.held.length, COUNT);
      wire.seen.length = 0;

      await upload.complete(parts);

      assert.deepEqual(joinedNames(wire.seen), parts.slice(1).map(({ number }) => String(number).padStart(5, '0')));
      assert.ok(wire.seen.every(({ target }) => target.length < 8000));
      assert.deepEqual(wire.seen.map(operationOf), ['LISTSTATUS', 'CONCAT', 'CONCAT', 'GETFILESTATUS', 'RENAME', 'DELETE']);
    });

    it('what an end that broke off has joined already is held, and not joined again', async () => {
      const wire = cluster(150);
      const upload = await (await wire.open()).upload(path, { size: COUNT * PART, resume });

      assert.deepEqual(upload.held, parts);
      await upload.complete(parts);

      assert.deepEqual(joinedNames(wire.seen), parts.slice(150).map(({ number }) => String(number).padStart(5, '0')));
    });

    it('a part that is missing is an error before anything is joined', async () => {
      const wire = cluster(1);
      const upload = await (await wire.open()).upload(path, { size: COUNT * PART + 1, resume });

      await assert.rejects(upload.complete([...parts, { number: COUNT + 1, start: COUNT * PART, end: COUNT * PART + 1, tag: '' }]), (error) => hasCode(error, 'CORRUPT'));
      assert.deepEqual(joinedNames(wire.seen), []);
    });

    it('a token of something else is refused', async () => {
      const driver = await cluster(1).open();
      for (const token of ['', 'x', `1:${PART}:../../etc:a b`, `1:${PART}:.AAAAAAAAAAAAAAAAAAAAAA.tmp:other`, `1:0:.AAAAAAAAAAAAAAAAAAAAAA.tmp:a b`, `1:${PART}:kept:a b`]) {
        await assert.rejects(driver.upload(path, { resume: token }), (error) => hasCode(error, 'INVALID_ARGUMENT'));
      }
    });
  });

  it('has no checksum for a file: it has no etag', async () => {
    const wire = createWebhdfsWire((request) => (operationOf(request) === 'GETFILECHECKSUM' ? json({ FileChecksum: null }) : oneObject()(request)));

    assert.equal((await (await wire.open()).stat(path)).etag, undefined);
  });

  it('is a web server of another kind: it says so', async () => {
    for (const body of ['<html>', '[]', '{}', '{"FileStatus":{"type":"FILE","length":-1,"modificationTime":0}}']) {
      await assert.rejects((await createWebhdfsWire(() => ({ body })).open()).stat(path), (error) => hasCode(error, 'CORRUPT'));
    }
  });

  it('leads to nowhere: it is not followed', async () => {
    for (const location of ['ftp://a/b', 'http://', 'javascript:x']) {
      const wire = createWebhdfsWire(() => ({ status: 307, headers: { location } }));

      await assert.rejects((await wire.open()).read(path), (error) => hasCode(error, 'UNAVAILABLE'));
      assert.equal(wire.seen.length, 1);
    }
  });

  it('takes an upload without saying where its bytes go: that is no success', async () => {
    await assert.rejects((await createWebhdfsWire(() => ({ status: 201 })).open()).write(path, fromBytes(Buffer.from('x'))), (error) => hasCode(error, 'UNSUPPORTED'));
  });
});

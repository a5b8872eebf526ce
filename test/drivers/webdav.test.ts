import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { runProgram } from '../../src/cli/run-program.ts';
import { TowlineError } from '../../src/errors.ts';
import type { ConnectionSettings } from '../../src/http/transport.ts';
import { buildConfig } from '../../src/remotes/config.ts';
import { findRemote } from '../../src/remotes/find-remote.ts';
import { type ConfigFile, configFiles } from '../../src/remotes/levels.ts';
import { openRemote } from '../../src/remotes/open.ts';
import { gather } from '../../src/storage/content.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { type Path, parsePath } from '../../src/storage/path.ts';
import { fromBytes, type Source } from '../../src/storage/source.ts';
import { type Judge, whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { type ApacheServer, startApache } from '../servers/apache.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { ALL_METHODS, startNginx } from '../servers/nginx.ts';
import { openWebdav } from '../servers/open-webdav.ts';
import { removeFolder, type Server, temporaryFolder } from '../servers/server.ts';
import { startRclone, startWebdavServer } from '../servers/webdav-server.ts';

const path = parsePath('files/md5/ab/cd');
const data = (): Source => fromBytes(Buffer.from('data'));
const text = async (driver: Driver, from: Path = path): Promise<string> => Buffer.from(await gather((await driver.read(from)).body, 1 << 20)).toString();
const skipWithout = (...judges: readonly Judge[]): string | false => whyMissing(...judges) ?? false;

describe('logging in to Apache', { skip: skipWithout('apache') }, () => {
  let server: ApacheServer;
  before(async () => { server = await startApache(); });
  after(async () => { await server.stop(); });
  const roundTrip = async (place: string, options: Readonly<Record<string, string>>): Promise<string> => {
    const driver = await openWebdav({ url: `${server.url}/${place}`, options });
    await driver.write(path, data());
    assert.equal(readFileSync(join(server.dataFolder, place, path), 'utf8'), 'data');
    return await text(driver);
  };

  it('works by basic, digest and bearer token', async () => {
    const { user, password, token } = server;
    assert.equal(await roundTrip('basic', { user, password }), 'data');
    assert.equal(await roundTrip('digest', { user, password, auth: 'digest' }), 'data');
    assert.equal(await roundTrip('bearer', { token }), 'data');
    const schemes = new Set(server.requests().map((line) => line.replace(/^\S+ \/(\w+)\S* \d+ /, '$1 ')));
    for (const one of ['basic Basic', 'digest Digest', 'bearer Bearer']) assert.ok(schemes.has(one), one);
  });

  it('fails with what to do, and without the secret', async () => {
    const user = server.user;
    for (const [place, options, hint] of [['basic', { user, password: 'wrong-one' }, /'user' and 'password'/], ['digest', { user, password: 'wrong-one' }, /auth = digest/], ['digest', { user, password: 'wrong-one', auth: 'digest' }, /auth = digest/], ['bearer', { token: 'wrong-one' }, /./]] as const) {
      const driver = await openWebdav({ url: `${server.url}/${place}`, options });
      for (const call of [() => driver.stat(path), () => driver.read(path), () => driver.list(path), () => driver.write(path, data())]) {
        await assert.rejects(call, (error: Error) => error instanceof TowlineError && error.code === 'UNAUTHENTICATED' && hint.test(error.hint ?? '') && !error.message.includes('wrong-one'));
      }
    }
  });

  it('takes a token and a password that programs print, from the config of the user', async () => {
    const folder = temporaryFolder('programs');
    const counter = join(folder, 'runs');
    // The first token is refused, as one that has expired.
    const script = `const fs=require("fs");fs.appendFileSync(process.argv[1],"x");console.log(fs.readFileSync(process.argv[1],"utf8")==="x"?"expired":process.argv[2])`;
    const line = (value: string): string => `'"${process.execPath}" -e "${script.replaceAll('"', '\\"')}" "${counter}" "${value}"'`;
    const config = (remote: readonly string[]): ReturnType<typeof buildConfig> => {
      const runtime = { env: { XDG_CONFIG_HOME: '/home/ann/.config' }, home: '/home/ann', platform: process.platform };
      const lines = ["['remote \"r\"']", ...remote].join('\n');
      return buildConfig(new Map(configFiles(runtime, '/r').map((file): [ConfigFile, string | undefined] => [file, file.display === '/home/ann/.config/towline/config' ? lines : undefined])), { runtime, root: '/r' });
    };
    const remotes = [
      [`url = ${server.url}/bearer`, `bearer_token_command = ${line(server.token)}`],
      [`url = ${server.url}/bearer`, `token_command = ${line(server.token)}`],
      [`url = ${server.url}/basic`, `user = ${server.user}`, `password_command = ${line(server.password)}`],
    ];
    for (const remote of remotes) {
      const opening = { ...openingIn('/nonexistent'), runProgram: async (run: Parameters<typeof runProgram>[0]) => await runProgram(run, process.env) };
      const place = await openRemote(findRemote(config(remote), 'r'), opening);
      assert.ok(place.kind === 'storage');
      await place.storage.writeBytes(parsePath('printed'), Buffer.from('by a program'));
      await place.storage.close();
    }
    assert.equal(readFileSync(counter, 'utf8'), 'xxxx');
    removeFolder(folder);
  });
});

describe('webdavs', { skip: skipWithout('nginx', 'openssl') }, () => {
  let certificates: Certificates;
  let server: Awaited<ReturnType<typeof startNginx>>;
  let url: string;
  before(async () => {
    certificates = makeCertificates();
    server = await startNginx({ certificates, wantsClientCertificate: true, webdav: ALL_METHODS });
    url = server.url.replace('https', 'webdavs');
  });
  after(async () => { await server.stop(); certificates.remove(); });

  it('wants the authority of ssl_verify and the certificate of cert_path and key_path', async () => {
    const keys = { cert_path: certificates.client.certificate, key_path: certificates.client.key };
    const driver = await openWebdav({ url, options: { ssl_verify: certificates.ca, ...keys } });
    await driver.write(path, data());
    assert.equal(await text(driver), 'data');

    await assert.rejects((await openWebdav({ url, options: { ssl_verify: certificates.ca } })).stat(path), { code: 'INVALID_ARGUMENT' });
    await assert.rejects((await openWebdav({ url, options: keys })).stat(path), { code: 'UNAVAILABLE', retryable: false });
  });

  it('is not verified with ssl_verify = false, which is said', async () => {
    const both = join(certificates.folder, 'both.pem');
    writeFileSync(both, readFileSync(certificates.client.certificate, 'utf8') + readFileSync(certificates.client.key, 'utf8'));
    const driver = await openWebdav({ url, options: { ssl_verify: 'false', cert_path: both } });
    await driver.write(path, data());
    assert.equal(await text(driver), 'data');
  });
});

describe('other options', () => {
  it('timeout is the time for a connection and for an answer, and ten times as much for what a server does unseen', async () => {
    const seen: ConnectionSettings[] = [];
    const opening = { ...openingIn('/nonexistent') };
    await openWebdav({ url: 'webdav://host', options: { timeout: '7' }, opening: { connect: (settings) => { seen.push(settings ?? {}); return opening.connect(settings); } } });
    assert.deepEqual(seen.map(({ connectTimeoutSeconds, idleTimeoutSeconds }) => [connectTimeoutSeconds, idleTimeoutSeconds]), [[7, 7], [7, 70]]);
  });

  it('a silent server is given up after timeout', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => { sockets.add(socket.on('error', () => undefined)); });
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
    const address = silent.address();
    assert.ok(address !== null && typeof address === 'object');
    try {
      const driver = await openWebdav({ url: `webdav://127.0.0.1:${address.port}`, options: { timeout: '1' } });
      await assert.rejects(driver.stat(path), { code: 'TIMEOUT', retryable: true });
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('jobs is the number of calls at once, verify is accepted', async () => {
    assert.equal((await openWebdav({ url: 'webdav://host', options: { jobs: '3', verify: 'false' } })).traits.concurrency, 3);
  });
});

interface Known {
  readonly name: string;
  readonly judge: Judge;
  /** Makes a file of a broken upload at any time after it. */
  readonly isLate?: boolean;
  start(): Promise<{ readonly server: Server & { readonly dataFolder: string }; open(): ReturnType<typeof openWebdav> }>;
}
const withLogin = (server: Server & { readonly url: string; readonly dataFolder: string; readonly user: string; readonly password: string }, below = ''): Awaited<ReturnType<Known['start']>> => ({
  server, open: async () => await openWebdav({ url: `${server.url}${below}`, options: { user: server.user, password: server.password } }),
});
const known: readonly Known[] = [
  { name: 'Apache', judge: 'apache', start: async () => withLogin(await startApache(), '/basic') },
  { name: 'nginx', judge: 'nginx', async start() {
    const server = await startNginx({ webdav: ALL_METHODS });
    return { server, open: async () => await openWebdav({ url: server.url.replace('http', 'webdav') }) };
  } },
  { name: 'rclone', judge: 'rclone', start: async () => withLogin(await startRclone()) },
  { name: 'webdav-server', judge: 'webdav-server', isLate: true, start: async () => withLogin(await startWebdavServer()) },
];
/** Apache takes its own unfinished file away when it notices that nobody sends any more. */
async function untilFiles(folder: string, wanted: readonly string[], without: RegExp | undefined): Promise<readonly string[]> {
  for (let tries = 1; ; tries += 1) {
    const found = filesIn(folder).filter((file) => without?.test(file) !== true);
    if (found.join() === wanted.join() || tries === 200) return found;
    await wait(25);
  }
}
const filesIn = (folder: string): readonly string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile() && one.name !== 'db').map(({ name }) => name).sort();

for (const { name, judge, isLate, start } of known) {
  describe(`files on ${name}`, { skip: skipWithout(judge) }, () => {
    let running: Awaited<ReturnType<Known['start']>>;
    before(async () => { running = await start(); });
    after(async () => { await running.server.stop(); });

    it('a write that breaks or is given up leaves no file of any name, and what was there', async () => {
      const driver = await running.open();
      await driver.write(path, data());
      const controller = new AbortController();
      const sources: readonly Source[] = [
        { size: 3 << 20, async *open() { yield new Uint8Array(2 << 20); throw new TowlineError('CORRUPT', 'it broke on purpose'); } },
        { size: 3 << 20, async *open() { yield new Uint8Array(2 << 20); controller.abort(); yield new Uint8Array(1 << 20); } },
      ];
      for (const source of sources) for (const target of [path, parsePath('new')]) await assert.rejects(driver.write(target, source, { signal: controller.signal }));

      assert.deepEqual(await untilFiles(running.server.dataFolder, ['cd'], isLate === true ? /^\.[\w-]{22}\.tmp$/ : undefined), ['cd']);
      assert.equal(await text(driver), 'data');
      assert.deepEqual((await driver.list(parsePath(''))).entries.filter(({ kind }) => kind === 'file'), []);
      await driver.close?.();
    });

    it('an object is copied on the server, also between two remotes there', async () => {
      const driver = await running.open();
      const other = await running.open();
      await driver.write(parsePath('copied/from'), data());

      const written = await other.write(parsePath('copied/to here'), { size: 4, origin: driver.origin(parsePath('copied/from')), open: () => { throw new Error('its bytes were asked for'); } });

      assert.equal(written.how, 'copied');
      assert.equal(await text(other, parsePath('copied/to here')), 'data');
    });

    it('a folder is never deleted with what is in it, and an unfinished file is not listed', async () => {
      const driver = await running.open();
      await driver.write(parsePath('folder/inner/object'), data());
      await driver.write(parsePath('folder/.AAAAAAAAAAAAAAAAAAAAAA.tmp'), data());

      await driver.delete([{ path: parsePath('folder') }, { path: parsePath('folder/inner') }]);

      assert.equal(await text(driver, parsePath('folder/inner/object')), 'data');
      assert.deepEqual((await driver.list(parsePath('folder'))).entries, [{ ...(await driver.stat(parsePath('folder/inner'))) }]);
    });
  });
}

describe('nginx without MOVE', { skip: skipWithout('nginx') }, () => {
  it('takes uploads all the same, but none that must be new', async () => {
    const server = await startNginx({ webdav: ['PUT', 'DELETE', 'MKCOL'] });
    try {
      mkdirSync(join(server.dataFolder, 'kept'));
      const driver = await openWebdav({ url: server.url.replace('http', 'webdav') });
      await driver.write(path, data());
      assert.deepEqual([await text(driver), driver.traits.writes], ['data', 'atomic']);
      await assert.rejects(driver.write(parsePath('new'), data(), { mode: 'create' }), { code: 'UNSUPPORTED' });
      assert.deepEqual(filesIn(server.dataFolder), ['cd']);
    } finally {
      await server.stop();
    }
  });
});

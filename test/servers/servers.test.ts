import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { judgeProgram, whyMissing, type Judge } from '../judges.ts';
import { startAsyncssh } from './asyncssh.ts';
import { callBlob, listBlobs, makeContainer, startAzurite } from './azurite.ts';
import { makeCertificates } from './certificates.ts';
import { dvc } from './dvc.ts';
import { startMinio } from './minio.ts';
import { startMoto } from './moto.ts';
import { startNginx } from './nginx.ts';
import { makeKey, startOpenssh, type SshServer } from './openssh.ts';
import { startRgw } from './rgw.ts';
import { callS3, listKeys, makeBucket } from './s3-bucket.ts';
import { createSandbox, type Ended } from './sandbox.ts';
import type { S3Server } from './server.ts';
import { startTinyproxy } from './tinyproxy.ts';
import { startVersitygw } from './versitygw.ts';

const needs = (...judges: readonly Judge[]): { readonly skip: string | false } => ({ skip: whyMissing(...judges) ?? false });

describe('S3 servers', () => {
  it('MinIO keeps versions and refuses a wrong signature', needs('minio'), async () => {
    const minio = await startMinio();
    try {
      await roundTrip(minio, { isVersioned: true });
      assert.equal(await statusWithWrongKey(minio), 403);
    } finally { await minio.stop(); }
  });

  it('MinIO speaks TLS with a certificate of our own authority', needs('minio', 'openssl'), async () => {
    const certificates = makeCertificates();
    const minio = await startMinio({ certificates });
    try {
      assert.match(minio.url, /^https:/);
      await makeBucket(minio, 'bucket', { ca: certificates.ca });
      await assert.rejects(makeBucket(minio, 'other'), /certificate/);
    } finally { await minio.stop(); certificates.remove(); }
  });

  it('Azurite keeps blobs, and looks at signatures', needs('azurite'), async () => {
    const azurite = await startAzurite();
    try {
      await makeContainer(azurite, 'box');
      assert.equal((await callBlob(azurite, { method: 'PUT', path: '/box/a folder/ü&<x>', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: 'hello' })).status, 201);
      assert.deepEqual(await listBlobs(azurite, 'box'), ['a folder/ü&<x>']);
      assert.equal((await callBlob(azurite, { method: 'GET', path: '/box/a folder/ü&<x>' })).body.toString(), 'hello');
      assert.equal((await callBlob({ ...azurite, key: 'd3Jvbmc=' }, { method: 'GET', path: '/box/a folder/ü&<x>' })).status, 403);
    } finally { await azurite.stop(); }
  });

  it('versitygw keeps objects as plain files and versions when asked', needs('versitygw'), async () => {
    const gateway = await startVersitygw({ keepsVersions: true });
    try {
      await roundTrip(gateway, { isVersioned: true });
      assert.equal(await statusWithWrongKey(gateway), 403);
      assert.equal(readFileSync(join(gateway.folder, 'data/bucket/a folder/ü&<x>'), 'utf8'), 'hello');
    } finally { await gateway.stop(); }
  });

  it('Ceph RGW tells its two users apart', needs('rgw', 'openssl'), async () => {
    const certificates = makeCertificates();
    const rgw = await startRgw({ certificates });
    try {
      await roundTrip(rgw, { isVersioned: true });
      assert.equal((await callS3({ ...rgw, ...rgw.other }, { method: 'GET', path: '/bucket', query: { 'list-type': '2' } })).status, 403);
      assert.equal((await callS3({ ...rgw, url: rgw.secureUrl ?? '' }, { method: 'GET', path: '/bucket/a folder/ü&<x>', ca: certificates.ca })).body.toString(), 'hello');
      await rgw.collectGarbage();
    } finally { await rgw.stop(); certificates.remove(); }
  });

  it('moto takes any key', needs('moto'), async () => {
    const moto = await startMoto();
    try {
      await roundTrip(moto, { isVersioned: true });
      assert.equal(await statusWithWrongKey(moto), 200);
    } finally { await moto.stop(); }
  });
});

describe('SSH servers', () => {
  it('OpenSSH lets its key in, with files and commands', needs('openssh'), async () => {
    const server = await startOpenssh();
    try {
      writeFileSync(join(server.dataFolder, 'there'), 'x');
      assert.match((await sftp(server, `ls ${server.dataFolder}`)).stdout, /there/);
      assert.equal((await ssh(server, ['echo', 'hello'])).stdout, 'hello\n');
    } finally { await server.stop(); }
  });

  it('OpenSSH can be told to serve files only, without some requests, and with other keys', needs('openssh'), async () => {
    const sandbox = createSandbox();
    const key = makeKey({ folder: sandbox.folder, name: 'second', type: 'rsa' });
    const server = await startOpenssh({ isSftpOnly: true, withoutRequests: ['posix-rename'], hostKeys: ['ed25519', 'rsa'], authorizedKeys: [key.publicKey] });
    try {
      assert.doesNotMatch((await ssh(server, ['echo', 'hello'])).stdout, /hello/);
      assert.match((await sftp({ ...server, keyFile: key.file }, 'pwd')).stdout, /Remote working directory/);
      assert.equal(server.knownHosts.trim().split('\n').length, 2);
    } finally { await server.stop(); sandbox.remove(); }
  });

  it('asyncssh wants the password, or asks for it and a code', needs('python', 'openssh'), async () => {
    for (const options of [{ methods: ['password'] as const }, { methods: ['keyboard-interactive'] as const, code: '123456' }]) {
      const server = await startAsyncssh(options);
      try {
        writeFileSync(join(server.dataFolder, 'there'), 'x');
        const good = await listWithPassword(server, { password: server.password, code: options.code });
        const bad = await listWithPassword(server, { password: 'wrong', code: options.code });

        assert.deepEqual([good.stdout.trim(), bad.status], ['there', 7]);
      } finally { await server.stop(); }
    }
  });
});

describe('HTTP servers', () => {
  it('nginx stores, gives and removes files and remembers what was asked', needs('nginx'), async () => {
    const server = await startNginx();
    try {
      assert.equal((await call(`${server.url}/a/b`, { method: 'PUT', body: 'hello' })).status, 201);
      assert.equal((await call(`${server.url}/a/b`)).body, 'hello');
      assert.equal((await call(`${server.url}/a/b`, { method: 'DELETE' })).status, 204);
      // It answers first, and then it writes its log.
      for (let tries = 0; tries < 100 && server.requests().length < 3; tries++) await wait(20);
      assert.deepEqual(server.requests().map(({ method, target, status }) => `${method} ${target} ${status}`), ['PUT /a/b 201', 'GET /a/b 200', 'DELETE /a/b 204']);
    } finally { await server.stop(); }
  });

  it('nginx can want a password and can refuse to be written to', needs('nginx'), async () => {
    const server = await startNginx({ credentials: { user: 'alice', password: 'correct' }, isReadOnly: true });
    const authorization = `Basic ${Buffer.from('alice:correct').toString('base64')}`;
    try {
      writeFileSync(join(server.dataFolder, 'there'), 'x');
      assert.equal((await call(`${server.url}/there`)).status, 401);
      assert.equal((await call(`${server.url}/there`, { headers: { authorization } })).body, 'x');
      assert.equal((await call(`${server.url}/new`, { method: 'PUT', body: 'x', headers: { authorization } })).status, 405);
    } finally { await server.stop(); }
  });

  it('nginx can want a client certificate', needs('nginx', 'openssl'), async () => {
    const certificates = makeCertificates();
    const server = await startNginx({ certificates, wantsClientCertificate: true });
    try {
      assert.equal((await call(`${server.url}/x`, { method: 'PUT', body: 'x', ca: certificates.ca })).status, 400);
      assert.equal((await call(`${server.url}/x`, { method: 'PUT', body: 'x', ca: certificates.ca, client: certificates.client })).status, 201);
      await assert.rejects(call(`${server.url}/x`), /certificate/);
    } finally { await server.stop(); certificates.remove(); }
  });

  it('an expired certificate is refused', needs('nginx', 'openssl'), async () => {
    const certificates = makeCertificates({ days: 0 });
    const server = await startNginx({ certificates });
    try {
      await assert.rejects(call(`${server.url}/x`, { ca: certificates.ca }), /expired/);
    } finally { await server.stop(); certificates.remove(); }
  });

  it('tinyproxy forwards, wants its password and remembers what was asked', needs('tinyproxy', 'nginx'), async () => {
    const [server, proxy] = [await startNginx(), await startTinyproxy({ credentials: { user: 'alice', password: 'correct' } })];
    try {
      writeFileSync(join(server.dataFolder, 'there'), 'x');
      const through = (headers: Readonly<Record<string, string>>): Promise<Answer> => call(`http://127.0.0.1:${proxy.port}`, { path: `${server.url}/there`, headers });

      assert.equal((await through({ host: `127.0.0.1:${server.port}` })).status, 407);
      assert.equal((await through({ host: `127.0.0.1:${server.port}`, 'proxy-authorization': `Basic ${Buffer.from('alice:correct').toString('base64')}` })).body, 'x');
      assert.ok(proxy.requests().includes(`GET ${server.url}/there`), proxy.requests().join());
    } finally { await proxy.stop(); await server.stop(); }
  });
});

describe('programs', () => {
  it('DVC runs in a home of its own', needs('dvc'), async () => {
    const sandbox = createSandbox();
    try {
      await sandbox.git(['init', '--quiet']);
      assert.equal((await dvc(sandbox, ['init', '--quiet'])).status, 0);
      assert.equal((await dvc(sandbox, ['remote', 'add', '--global', 'store', '/nowhere'])).status, 0);
      assert.ok(existsSync(join(sandbox.home, '.config/dvc/config')));
      assert.equal((await dvc(sandbox, ['root'], { cwd: sandbox.home })).status, 253);
    } finally { sandbox.remove(); }
  });

  it('a server ends with the process that started it, also when that is killed politely', needs('nginx'), async () => {
    const child = fork(fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './starter.ts' : './starter.js', import.meta.url)), { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const { port, folder } = await new Promise<{ port: number; folder: string }>((resolve) => child.once('message', (message) => resolve(message as { port: number; folder: string })));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;

    await assert.rejects(call(`http://127.0.0.1:${port}/`), /ECONNREFUSED/);
    assert.equal(existsSync(folder), false);
  });
});

async function roundTrip(server: S3Server, options: { readonly isVersioned: boolean }): Promise<void> {
  await makeBucket(server, 'bucket', options);
  const path = '/bucket/a folder/ü&<x>';
  const written = await callS3(server, { method: 'PUT', path, body: 'hello' });
  assert.equal(written.status, 200, written.body.toString());
  assert.equal((await callS3(server, { method: 'GET', path })).body.toString(), 'hello');
  assert.equal(typeof written.headers['x-amz-version-id'], 'string');
  assert.deepEqual(await listKeys(server, 'bucket'), ['a folder/ü&<x>']);
}

const statusWithWrongKey = async (server: S3Server): Promise<number> => (await callS3({ ...server, secretAccessKey: 'wrong' }, { method: 'GET', path: '/bucket', query: { 'list-type': '2' } })).status;

const sshOptions = (server: SshServer): readonly string[] => ['-F', 'none', '-i', server.keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${server.knownHostsFile}`, '-o', 'StrictHostKeyChecking=yes'];

async function inSandbox(program: string, args: readonly string[], input = ''): Promise<Ended> {
  const sandbox = createSandbox();
  try {
    return await sandbox.run(program, args, { input });
  } finally {
    sandbox.remove();
  }
}
const ssh = (server: SshServer, command: readonly string[]): Promise<Ended> => inSandbox('ssh', [...sshOptions(server), '-p', String(server.port), `${server.user}@${server.host}`, ...command]);
const sftp = (server: SshServer, commands: string): Promise<Ended> => inSandbox('sftp', [...sshOptions(server), '-P', String(server.port), '-b', '-', `${server.user}@${server.host}`], `${commands}\n`);

interface Login { readonly password: string; readonly code: string | undefined }
function listWithPassword(server: { readonly port: number; readonly user: string; readonly knownHostsFile: string }, login: Login): Promise<Ended> {
  const script = `
import asyncio, asyncssh, json, sys
s = json.loads(sys.argv[1])
class Client(asyncssh.SSHClient):
    tries = 0
    def once(self, answer):
        self.tries += 1
        return answer if self.tries == 1 else None
    def password_auth_requested(self): return self.once(s["password"])
    def kbdint_auth_requested(self): return self.once("")
    def kbdint_challenge_received(self, name, instructions, lang, prompts): return [s["code"] if "Code" in p else s["password"] for p, _ in prompts]
async def main():
    try:
        c, _ = await asyncssh.create_connection(Client, "127.0.0.1", s["port"], username=s["user"], known_hosts=s["known"], client_keys=None, agent_path=None)
    except asyncssh.PermissionDenied:
        sys.exit(7)
    async with c, c.start_sftp_client() as f:
        print(*sorted(n for n in await f.listdir("/") if not n.startswith(".")))
asyncio.run(main())`;
  return inSandbox(judgeProgram('python'), ['-c', script, JSON.stringify({ port: server.port, user: server.user, known: server.knownHostsFile, ...login })]);
}

interface Answer { readonly status: number; readonly body: string }
interface Call { readonly method?: string; readonly path?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>>; readonly ca?: string; readonly client?: { readonly certificate: string; readonly key: string } }
function call(url: string, options: Call = {}): Promise<Answer> {
  const { method = 'GET', path, body, headers = {}, ca, client } = options;
  return new Promise((resolve, reject) => {
    const common = { method, headers: { 'content-length': String(Buffer.byteLength(body ?? '')), ...headers }, agent: false as const, ...(path === undefined ? {} : { path }) };
    const secure = { ...(ca === undefined ? {} : { ca: readFileSync(ca) }), ...(client === undefined ? {} : { cert: readFileSync(client.certificate), key: readFileSync(client.key) }) };
    const request = url.startsWith('https:') ? httpsRequest(url, { ...common, ...secure }) : httpRequest(url, common);
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.end(body);
  });
}

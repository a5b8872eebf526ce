import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type ErrorCode, hasCode } from '../../src/errors.ts';
import type { ConnectionSettings, HttpRequest } from '../../src/http/transport.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { openingIn } from '../lent.ts';
import { addGcsBucket, type GcsService, startGcsService } from '../servers/gcs-service.ts';
import { type GoogleTokens, startGoogleTokens } from '../servers/google-tokens.ts';
import { openGs, type OpenGs } from '../servers/open-gs.ts';
import { HOST, removeFolder, temporaryFolder } from '../servers/server.ts';
import { scripted, sentHeader } from '../transport/scripted.ts';

const path = parsePath('folder/object');
const hello = fromBytes(Buffer.from('hello'));
const saying = (code: ErrorCode, ...words: readonly string[]) => (error: unknown): boolean => hasCode(error, code) && words.every((word) => `${error.message} ${error.hint}`.includes(word)) && !/hidden|PRIVATE KEY/.test(`${error.message} ${error.hint}`);

let tokens: GoogleTokens;
let service: GcsService;
let home: string;
before(async () => {
  tokens = await startGoogleTokens();
  service = await startGcsService({ tokens: tokens.valid });
  addGcsBucket(service, 'bucket');
  addGcsBucket(service, 'public', { isPublic: true });
});
after(async () => { await Promise.all([service.stop(), tokens.stop()]); });
afterEach(() => { removeFolder(home); });
beforeEach(() => {
  home = temporaryFolder('gs-login');
  service.calls.length = 0;
  tokens.asked.length = 0;
});

const write = (name: string, json: unknown): string => {
  const file = join(home, name);
  writeFileSync(file, typeof json === 'string' ? json : JSON.stringify(json));
  return file;
};
const open = (given: Partial<OpenGs> = {}): ReturnType<typeof openGs> => openGs({ home, ...given, options: { endpointurl: service.url, ...given.options } });
const user = (): string => write('user.json', { type: 'authorized_user', ...tokens.user, token_uri: tokens.url, quota_project_id: 'quota-1' });
const authorizations = (): readonly unknown[] => service.calls.map(({ headers }) => headers.authorization);

describe('credentialpath', () => {
  it('of a service account: one signed assertion to its token_uri, and the token with every request', async () => {
    const driver = await open({ options: { credentialpath: tokens.keyFile(home) } });
    await Promise.all([1, 2, 3].map(async (number) => driver.write(parsePath(`many/${number}`), hello)));
    await driver.stat(parsePath('many/1'));

    assert.deepEqual(tokens.asked.map((fields) => fields['grant_type']), ['urn:ietf:params:oauth:grant-type:jwt-bearer']);
    assert.deepEqual(new Set(authorizations()), new Set(['Bearer token-1']));
    assert.equal(service.calls[0]?.headers['x-goog-user-project'], undefined);
  });

  it('of a user: the refresh token goes to its token_uri, and the quota is that of the file or of GOOGLE_CLOUD_QUOTA_PROJECT', async () => {
    const options = { credentialpath: user() };
    await (await open({ options })).write(path, hello);
    await (await open({ options, env: { GOOGLE_CLOUD_QUOTA_PROJECT: 'quota-2' } })).stat(path);

    assert.deepEqual(tokens.asked.map((fields) => fields['refresh_token']), ['hidden-refresh', 'hidden-refresh']);
    assert.deepEqual(service.calls.map(({ headers }) => headers['x-goog-user-project']), ['quota-1', 'quota-2']);
  });

  const external = (changes: object = {}): string => write('external.json', {
    type: 'external_account', audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q', subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: tokens.url, credential_source: { file: write('subject', 'subject-1') }, ...changes,
  });

  it('of a workload identity: the token of its file is exchanged', async () => {
    await (await open({ options: { credentialpath: external() } })).write(path, hello);

    assert.deepEqual(tokens.asked.map((fields) => [fields['grant_type'], fields['subject_token']]), [['urn:ietf:params:oauth:grant-type:token-exchange', 'subject-1']]);
    assert.deepEqual(authorizations(), ['Bearer token-1']);
  });

  it('of a workload identity that acts as a service account', async () => {
    const impersonation = tokens.url.replace('/token', '/v1/projects/-/serviceAccounts/tow@project.iam.gserviceaccount.com:generateAccessToken');
    await (await open({ options: { credentialpath: external({ service_account_impersonation_url: impersonation }) } })).write(path, hello);

    assert.equal(tokens.asked[1]?.['authorization'], 'Bearer token-1');
    assert.deepEqual(authorizations(), ['Bearer impersonated']);
  });

  it('of an identity whose file would send this machine\'s files to a stranger is refused', async () => {
    for (const changes of [{ token_url: 'https://googleapis.com.evil.example/token' }, { token_url: 'http://sts.googleapis.com/v1/token' }, { service_account_impersonation_url: 'https://evil.example/x:generateAccessToken' }]) {
      await assert.rejects((await open({ options: { credentialpath: external(changes) } })).stat(path), saying('INVALID_CONFIG', "not Google's"));
    }
    assert.deepEqual([tokens.asked, service.calls], [[], []]);
  });

  it('that is absent, no JSON, of an unknown kind, or refused: one line says so, with a hint and no secret', async () => {
    const cases: readonly (readonly [string, ErrorCode, string])[] = [
      [join(home, 'absent.json'), 'INVALID_CONFIG', 'does not exist'], [write('text.json', 'hidden {'), 'INVALID_CONFIG', 'not JSON'], [write('list.json', 'null'), 'INVALID_CONFIG', 'not a JSON object'],
      [write('kind.json', { type: 'gdch' }), 'INVALID_CONFIG', "'gdch'"], [write('none.json', {}), 'INVALID_CONFIG', "'type' is missing"], [write('short.json', { type: 'authorized_user', client_id: 'x' }), 'INVALID_CONFIG', 'refresh_token'],
      [write('revoked.json', { type: 'authorized_user', ...tokens.user, refresh_token: 'hidden-other', token_uri: tokens.url }), 'UNAUTHENTICATED', 'gcloud auth application-default login'],
      [external({ credential_source: { file: write('wrong', 'hidden-subject') } }), 'UNAUTHENTICATED', 'external.json'],
    ];
    for (const [credentialpath, code, words] of cases) await assert.rejects((await open({ options: { credentialpath } })).stat(path), saying(code, words), words);
  });

  it('is not sent over plain http to another machine', async () => {
    const net = scripted(() => ({ status: 200 }));
    const driver = await open({ options: { credentialpath: tokens.keyFile(home), endpointurl: 'http://gcs.lan:4443' }, connect: () => net });

    await assert.rejects(driver.stat(path), saying('INVALID_CONFIG', 'plain http'));
    assert.equal(net.requests.length, 0);
  });
});

describe('without credentialpath', () => {
  it('GOOGLE_APPLICATION_CREDENTIALS counts, then the file of gcloud, in CLOUDSDK_CONFIG too; the option counts more', async () => {
    const gcloud = (folder: string, text: string): void => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'application_default_credentials.json'), text);
    };
    gcloud(join(home, '.config/gcloud'), JSON.stringify({ type: 'authorized_user', ...tokens.user, token_uri: tokens.url, quota_project_id: 'of gcloud' }));
    gcloud(join(home, 'elsewhere'), JSON.stringify({ type: 'authorized_user', ...tokens.user, token_uri: tokens.url, quota_project_id: 'elsewhere' }));
    const named = write('named.json', { type: 'authorized_user', ...tokens.user, token_uri: tokens.url, quota_project_id: 'named' });

    await (await open()).list(parsePath('a'));
    await (await open({ env: { CLOUDSDK_CONFIG: join(home, 'elsewhere') } })).list(parsePath('a'));
    await (await open({ env: { GOOGLE_APPLICATION_CREDENTIALS: named } })).list(parsePath('a'));
    await (await open({ env: { GOOGLE_APPLICATION_CREDENTIALS: named }, options: { credentialpath: tokens.keyFile(home) } })).list(parsePath('a'));

    assert.deepEqual(service.calls.map(({ headers }) => headers['x-goog-user-project']), ['of gcloud', 'elsewhere', 'named', undefined]);
    assert.ok(authorizations().every((value) => /^Bearer token-\d+$/.test(String(value))));
  });

  it('nobody is logged in: what is public can be read, and what is not says how to log in', async () => {
    service.buckets.get('public')?.objects.clear();
    await (await open({ url: 'gs://public/pre', options: { credentialpath: tokens.keyFile(home) } })).write(path, hello);
    service.calls.length = 0;

    assert.equal((await (await open({ url: 'gs://public/pre' })).stat(path)).size, 5);
    await assert.rejects((await open()).stat(path), saying('UNAUTHENTICATED', 'gcloud auth application-default login', 'credentialpath'));
    assert.deepEqual(authorizations(), [undefined, undefined]);
  });

  it('what the machine has is not sent to an emulator, over plain http, or to a host that is not Google', async () => {
    const net = scripted(() => ({ status: 200, body: '{"name":"pre/folder/object","size":"1"}' }));
    const env = { GOOGLE_APPLICATION_CREDENTIALS: user() };
    await (await openGs({ home, options: { endpointurl: 'http://gcs.lan:4443' }, env, connect: () => net })).stat(path);
    await (await openGs({ home, env: { ...env, STORAGE_EMULATOR_HOST: '127.0.0.1:1' }, connect: () => net })).stat(path);

    for (const endpointurl of ['https://storage.example', 'https://storage.googleapis.com.example', 'https://googleapis.com', 'http://storage.googleapis.com']) await (await openGs({ home, options: { endpointurl }, env, connect: () => net })).stat(path);

    assert.equal(net.requests.length, 6);
    assert.ok(net.requests.every((request) => sentHeader(request, 'authorization') === undefined));
  });

  it('a machine of Google has an identity', async () => {
    const asked: unknown[] = [];
    const machine = createServer((request, response) => {
      asked.push([request.headers['metadata-flavor'], request.url]);
      const body = request.url?.includes('/token') ? JSON.stringify({ access_token: 'of-the-machine', expires_in: 3599, token_type: 'Bearer' }) : 'x';
      response.writeHead(200, { 'metadata-flavor': 'Google', 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => { machine.listen(0, HOST, resolve); });
    process.env['GCE_METADATA_HOST'] = `${HOST}:${(machine.address() as AddressInfo).port}`;
    const net = scripted(() => ({ status: 200, body: '{"name":"pre/folder/object","size":"1"}' }));

    try {
      await (await openGs({ home, env: { METADATA_SERVER_DETECTION: '' }, connect: () => net })).stat(path);
    } finally {
      delete process.env['GCE_METADATA_HOST'];
      machine.closeAllConnections();
      machine.close();
    }

    assert.deepEqual(net.requests.map((request) => [request.url.origin, sentHeader(request, 'authorization')]), [['https://storage.googleapis.com', 'Bearer of-the-machine']]);
    assert.ok(asked.length >= 2);
  });
});

describe('other options', () => {
  it('allow_anonymous_login sends nothing, whatever there is', async () => {
    await assert.rejects((await open({ options: { allow_anonymous_login: 'true', credentialpath: tokens.keyFile(home) } })).stat(path), saying('UNAUTHENTICATED'));
    assert.deepEqual([authorizations(), tokens.asked], [[undefined], []]);
  });

  it('a token that the service refuses is replaced once', async () => {
    const driver = await open({ options: { credentialpath: tokens.keyFile(home) } });
    await driver.write(path, hello);
    tokens.valid.clear();

    assert.equal((await driver.stat(path)).size, 5);
    assert.deepEqual(authorizations(), ['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);

    service.manners.before = () => ({ status: 401 });
    await assert.rejects(driver.stat(path), saying('UNAUTHENTICATED')).finally(() => { service.manners.before = undefined; });
    assert.equal(service.calls.length, 5);
  });

  it('projectname pays where readers pay, and nowhere else', async () => {
    const bucket = addGcsBucket(service, 'paid', { readersPay: true });
    const options = { credentialpath: tokens.keyFile(home) };
    const driver = await open({ url: 'gs://paid', options: { ...options, projectname: 'payer-1' } });
    await driver.write(path, hello);
    await driver.stat(path);
    await (await open({ options: { ...options, projectname: 'payer-1' } })).write(path, hello);

    assert.deepEqual(service.calls.map(({ headers }) => headers['x-goog-user-project']), [undefined, 'payer-1', 'payer-1', undefined]);
    assert.equal(bucket.objects.size, 1);
    await assert.rejects((await open({ url: 'gs://paid', options })).stat(path), saying('INVALID_CONFIG', 'projectname'));
  });

  it('endpointurl and STORAGE_EMULATOR_HOST name the service in every spelling that is about', async () => {
    const net = scripted(() => ({ status: 200, body: '{"name":"pre/folder/object","size":"1"}' }));
    const connect = (): typeof net => net;
    const targets = async (given: Partial<OpenGs>): Promise<string> => {
      await (await openGs({ home, connect, ...given, options: { allow_anonymous_login: 'true', ...given.options } })).stat(path);
      return net.requests.at(-1)?.url.href.replace(/\/storage\/v1\/b\/bucket\/.*/, '') ?? '';
    };

    assert.equal(await targets({}), 'https://storage.googleapis.com');
    assert.equal(await targets({ options: { endpointurl: 'https://storage.example:8/gcs/' } }), 'https://storage.example:8/gcs');
    assert.equal(await targets({ options: { endpointurl: 'http://127.0.0.1:9/storage/v1/' } }), 'http://127.0.0.1:9');
    assert.equal(await targets({ env: { STORAGE_EMULATOR_HOST: 'localhost:4443' } }), 'http://localhost:4443');
    assert.equal(await targets({ env: { STORAGE_EMULATOR_HOST: 'http://localhost:4443/storage/v1' } }), 'http://localhost:4443');
    assert.equal(await targets({ env: { STORAGE_EMULATOR_HOST: 'default' } }), 'https://storage.googleapis.com');
    assert.equal(await targets({ env: { STORAGE_EMULATOR_HOST: 'localhost:1' }, options: { endpointurl: 'http://127.0.0.1:9' } }), 'http://127.0.0.1:9');
    for (const endpointurl of ['storage.example', 'ftp://x', 'https://u:hidden@x', 'https://x?a=b']) await assert.rejects(targets({ options: { endpointurl } }), saying('INVALID_CONFIG', 'endpointurl'));
  });

  it('ssl_verify, connect_timeout and read_timeout reach the connection, and DVC\'s other keys are accepted', async () => {
    const connections: (ConnectionSettings | undefined)[] = [];
    const connect: OpenGs['connect'] = (settings) => {
      connections.push(settings);
      return scripted(() => ({ status: 200, body: '{"name":"pre/folder/object","size":"1"}' }));
    };
    const others = { version_aware: 'true', worktree: 'false', jobs: '4', checksum_jobs: '2', verify: 'false' };
    await (await openGs({ home, connect, options: { allow_anonymous_login: 'true', connect_timeout: '1.5', read_timeout: '7', ...others } })).stat(path);

    for (const ssl_verify of ['false', '/ca.pem']) await (await openGs({ home, connect, options: { allow_anonymous_login: 'true', ssl_verify } })).stat(path);

    const usual = { connectTimeoutSeconds: 10, idleTimeoutSeconds: 60 };
    assert.deepEqual(connections, [{ verifyTls: true, connectTimeoutSeconds: 1.5, idleTimeoutSeconds: 7 }, { verifyTls: false, ...usual }, { verifyTls: true, caFile: '/ca.pem', ...usual }]);
  });

  it('whatever host the address of an upload names, bytes and credentials stay with the endpoint', async () => {
    const requests: HttpRequest[] = [];
    const lent = openingIn(home);
    const connect: OpenGs['connect'] = (settings) => {
      const inner = lent.connect(settings);
      return { ...inner, send: async (request) => { requests.push(request); return inner.send(request); } };
    };
    service.manners.before = ({ query, method }) => (query.get('uploadType') === 'resumable' && method === 'POST' ? { status: 200, headers: { location: 'https://evil.example/upload/storage/v1/b/bucket/o?upload_id=nothing' } } : undefined);
    const driver = await open({ options: { credentialpath: tokens.keyFile(home) }, connect });

    const upload = await driver.upload(path, {}).finally(() => { service.manners.before = undefined; });
    await assert.rejects(upload.send({ number: 1, start: 0, end: 262_144 }, fromBytes(new Uint8Array(262_144))), saying('NOT_FOUND'));

    assert.ok(requests.every(({ url }) => url.origin === service.url || url.href === tokens.url));
  });
});

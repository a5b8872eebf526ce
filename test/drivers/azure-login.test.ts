import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { azure } from '../../src/drivers/azure/index.ts';
import { hasCode } from '../../src/errors.ts';
import type { Runtime } from '../../src/runtime.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { type BlobServer, makeContainer, startAzurite } from '../servers/azurite.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { type Entra, startEntra, TENANT, tokenFor } from '../servers/entra.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

const hello = fromBytes(Buffer.from('hello'));
const path = parsePath('folder/object');
const missing = whyMissing('azurite', 'openssl');
const principal = { tenant_id: TENANT, client_id: 'client', client_secret: 'right' };
/** Microsoft's package keeps in the process what it once found out about the machine's identity, so only one test asks for that. */
const elsewhere = { exclude_managed_identity_credential: 'true' };
/** Microsoft's package reads these from the process itself. */
const READ = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET', 'AZURE_AUTHORITY_HOST', 'IDENTITY_ENDPOINT', 'IDENTITY_HEADER', 'AZURE_POD_IDENTITY_AUTHORITY_HOST', 'PATH'] as const;

describe('Azure identities on Azurite over TLS', missing === undefined ? {} : { skip: missing }, () => {
  let certificates: Certificates;
  let server: BlobServer;
  let entra: Entra;
  let folder: string;
  const outside = Object.fromEntries(READ.map((name) => [name, process.env[name]]));
  const drivers: Driver[] = [];
  const setEnvironment = (env: Readonly<Record<string, string | undefined>>): void => {
    for (const [name, value] of Object.entries(env)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  /** Nothing of this machine: no program of a login, no identity service, an authority of our own. */
  const isolated = (): Record<string, string | undefined> => ({
    ...Object.fromEntries(READ.map((name) => [name, undefined])), PATH: join(folder, 'bin'), AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9',
  });
  const open = async (options: Readonly<Record<string, string>>, runtime: Partial<Runtime> = {}): Promise<Required<Driver>> => {
    const settings = new Map(Object.entries({ account_name: server.account, endpointurl: server.url, ssl_verify: certificates.ca, ...options }).map(([key, value]) => [key, { value, place: 'test' }]));
    const lent = openingIn(folder);
    const driver = await azure.open(azure.parse('azure://data/pre'), readOptions(azure.options, settings), { ...lent, ...runtime, env: { ...lent.env, AZURE_AUTHORITY_HOST: entra.url, ...runtime.env } });
    drivers.push(driver);
    return driver as Required<Driver>;
  };
  const written = async (driver: Driver): Promise<number | undefined> => (await driver.write?.(path, hello))?.entry.size;
  before(async () => {
    certificates = makeCertificates();
    folder = temporaryFolder('azure-login');
    mkdirSync(join(folder, 'bin'));
    server = await startAzurite({ certificates });
    entra = await startEntra(certificates);
    await makeContainer(server, 'data');
    setEnvironment(isolated());
  });
  afterEach(() => { setEnvironment(isolated()); });
  after(async () => {
    setEnvironment(outside);
    for (const driver of drivers) await driver.close?.();
    await entra.stop();
    await server.stop();
    certificates.remove();
    removeFolder(folder);
  });

  it('a service principal logs in with its secret, once for many requests, over the connection of the remote', async () => {
    const count = entra.requests.length;
    const driver = await open(principal);
    assert.equal(await written(driver), 5);
    assert.equal((await driver.stat(path)).size, 5);

    const asked = entra.requests.slice(count);
    assert.deepEqual(asked.map(({ path: at, fields }) => [at, fields['grant_type'], fields['client_id'], fields['scope']]), [[`/${TENANT}/oauth2/v2.0/token`, 'client_credentials', 'client', 'https://storage.azure.com/.default']]);
  });

  it('a wrong secret is told by DVC\'s words and those of the authority, and not shown', async () => {
    const driver = await open({ ...principal, client_secret: 'hidden-wrong' });

    await assert.rejects(driver.stat(path), (error) => hasCode(error, 'UNAUTHENTICATED') && error.message.startsWith('Authentication to Azure Blob Storage via AD service principal failed.') && error.message.includes('AADSTS7000215') && !error.message.includes('hidden-wrong'));
  });

  it('an authority that does not answer may be asked again', async () => {
    const driver = await open(principal, { env: { AZURE_AUTHORITY_HOST: 'https://127.0.0.1:9' } });

    await assert.rejects(driver.stat(path), (error) => hasCode(error, 'UNAVAILABLE') && error.retryable && error.message.startsWith('Authentication to Azure Blob Storage via AD service principal failed.'));
  });

  it('a token that ends is renewed before it does', async () => {
    const count = entra.requests.length;
    let later = 0;
    const driver = await open(principal, { now: () => Date.now() + later });
    await written(driver);
    later = 3_500_000;
    assert.equal((await driver.stat(path)).size, 5);

    assert.equal(entra.requests.length - count, 2);
  });

  it('the default credentials find an identity in the environment, unless that is excluded', async () => {
    setEnvironment({ AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: 'from-environment', AZURE_CLIENT_SECRET: 'right' });
    const count = entra.requests.length;
    await written(await open(elsewhere));

    assert.deepEqual(entra.requests.slice(count).map(({ fields }) => fields['client_id']), ['from-environment']);
    await assert.rejects((await open({ ...elsewhere, exclude_environment_credential: 'true' })).stat(path), (error) => hasCode(error, 'UNAUTHENTICATED') && error.message.startsWith('Authentication to Azure Blob Storage via default credentials failed.'));
    assert.equal(entra.requests.length, count + 1);
  });

  it("the default credentials find the machine's identity, unless that is excluded", async () => {
    setEnvironment({ IDENTITY_ENDPOINT: entra.machineUrl, IDENTITY_HEADER: 'machine-secret' });
    const count = entra.requests.length;
    await written(await open({}));

    assert.deepEqual(entra.requests.slice(count).map(({ path: at, fields, headers }) => [at, fields['resource'], headers['x-identity-header']]), [['/msi', 'https://storage.azure.com', 'machine-secret']]);
    await assert.rejects((await open({ exclude_managed_identity_credential: 'true' })).stat(path), (error) => hasCode(error, 'UNAUTHENTICATED'));
    assert.equal(entra.requests.length, count + 1);
  });

  it("the default credentials find the login of 'az'", async () => {
    const bin = join(folder, 'with-az');
    mkdirSync(bin);
    writeFileSync(join(bin, 'az'), `#!/bin/sh\necho '${JSON.stringify({ accessToken: tokenFor(), expiresOn: '2099-01-01 00:00:00.000000', expires_on: Math.floor(Date.now() / 1000) + 3600, tokenType: 'Bearer' })}'\n`);
    chmodSync(join(bin, 'az'), 0o755);
    setEnvironment({ PATH: `${bin}:/usr/bin:/bin` });

    assert.equal(await written(await open(elsewhere)), 5);
  });

  it('a token for another service is refused by the service, and asked for anew once', async () => {
    const bin = join(folder, 'wrong-az');
    mkdirSync(bin);
    writeFileSync(join(bin, 'az'), `#!/bin/sh\necho asked >> ${join(folder, 'asked')}\necho '${JSON.stringify({ accessToken: tokenFor({ audience: 'https://vault.azure.net' }), expires_on: Math.floor(Date.now() / 1000) + 3600 })}'\n`);
    chmodSync(join(bin, 'az'), 0o755);
    setEnvironment({ PATH: `${bin}:/usr/bin:/bin` });

    await assert.rejects((await open(elsewhere)).stat(path), (error) => hasCode(error, 'UNAUTHENTICATED') && error.message.includes('via default credentials failed'));
    assert.equal(readFileSync(join(folder, 'asked'), 'utf8'), 'asked\nasked\n');
  });

  it('an identity signs addresses with a key that the service lends it, and copies by such', async () => {
    const driver = await open(principal);
    await written(driver);
    const url = await driver.presign(path, { method: 'GET', expiresInSeconds: 600 });
    const copied = await driver.write(parsePath('copy'), { size: 5, origin: driver.origin(path), open: () => { throw new Error('it was read'); } });

    assert.match(url, /skoid=.*sig=/);
    assert.equal(copied.how, 'copied');
    const fresh = await open({ allow_anonymous_login: 'true' });
    await assert.rejects(fresh.stat(path), (error) => hasCode(error, 'PERMISSION_DENIED') || hasCode(error, 'UNAUTHENTICATED'));
    assert.equal((await readSigned(url, server)).toString(), 'hello');
  });
});

async function readSigned(url: string, { ca }: BlobServer): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    get(url, { ca: readFileSync(ca ?? '') }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => { resolve(Buffer.concat(chunks)); });
    }).on('error', reject);
  });
}

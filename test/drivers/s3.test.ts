import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasCode, TowlineError } from '../../src/errors.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { type Judge, whyMissing } from '../judges.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { startMinio } from '../servers/minio.ts';
import { startMoto } from '../servers/moto.ts';
import { openS3 } from '../servers/open-s3.ts';
import { type Rgw, startRgw } from '../servers/rgw.ts';
import { callS3, makeBucket } from '../servers/s3-bucket.ts';
import { removeFolder, type S3Server, temporaryFolder } from '../servers/server.ts';

const hello = fromBytes(Buffer.from('hello'));
const path = parsePath('folder/object');
const customerKey = Buffer.alloc(32, 9).toString('base64');
const otherKey = Buffer.alloc(32, 8).toString('base64');
const missing = (...judges: readonly Judge[]): { readonly skip: string } | Record<string, never> => {
  const reason = whyMissing(...judges);
  return reason === undefined ? {} : { skip: reason };
};

/** A driver of which every optional verb is there: the protocol has them all. */
type Whole = Required<Driver>;
async function open(server: S3Server, options: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}): Promise<Whole> {
  return (await openS3(server, { url: 's3://bucket/pre', options, runtime: { env } })) as Whole;
}
async function textOf(driver: Driver, at = path): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await driver.read(at)).body) chunks.push(chunk.slice());
  return Buffer.concat(chunks).toString();
}
async function all(driver: Whole): Promise<readonly string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await driver.list(parsePath('many'), cursor === undefined ? {} : { cursor });
    found.push(...page.entries.map((entry) => entry.path));
    cursor = page.cursor;
    if (cursor === undefined) return found;
  }
}

describe('S3 on MinIO over TLS', missing('minio', 'openssl'), () => {
  let certificates: Certificates;
  let server: S3Server;
  const drivers: Driver[] = [];
  const trusted = async (options: Readonly<Record<string, string>> = {}): Promise<Whole> => {
    const driver = await open(server, { ssl_verify: certificates.ca, ...options });
    drivers.push(driver);
    return driver;
  };
  before(async () => {
    certificates = makeCertificates();
    server = await startMinio({ certificates });
    await makeBucket(server, 'bucket', { ca: certificates.ca });
  });
  after(async () => {
    for (const driver of drivers) await driver.close?.();
    await server.stop();
    certificates.remove();
  });

  it('trusts the authority that ssl_verify or AWS_CA_BUNDLE names, all with ssl_verify=false, and else nobody', async () => {
    const bundled = await open(server, {}, { AWS_CA_BUNDLE: certificates.ca });
    const careless = await open(server, { ssl_verify: 'false' });
    const strict = await open(server);
    drivers.push(bundled, careless, strict);

    await (await trusted()).write(path, hello);
    assert.equal(await textOf(bundled), 'hello');
    assert.equal(await textOf(careless), 'hello');
    await assert.rejects(strict.stat(path), (error) => error instanceof TowlineError && error.code !== 'NOT_FOUND');
  });

  it('keeps an object under the own key of SSE-C, in one PUT, in parts and in copies', async () => {
    const driver = await trusted({ sse_customer_key: customerKey });
    await driver.write(path, hello);
    await driver.write(parsePath('copy'), { ...fromBytes(Buffer.from('hello')), origin: driver.origin(path) });
    const upload = await driver.upload(parsePath('parts'), { size: 5 });
    await upload.complete([await upload.send({ number: 1, start: 0, end: 5 }, hello)]);

    for (const at of [path, parsePath('copy'), parsePath('parts')]) assert.equal(await textOf(driver, at), 'hello');
    const entry = await driver.stat(path);
    assert.deepEqual([entry.size, entry.checksum], [5, undefined]);
    await assert.rejects(textOf(await trusted({ sse_customer_key: otherKey })), (error) => hasCode(error, 'PERMISSION_DENIED'));
    await assert.rejects((await trusted()).stat(path), (error) => hasCode(error, 'PERMISSION_DENIED') && (error.hint ?? '').includes('sse_customer_key'));
  });

  it('copies on the service from under another key', async () => {
    const from = await trusted({ sse_customer_key: customerKey });
    const to = await trusted();
    await from.write(path, hello);

    const written = await to.write(parsePath('plain'), { size: 5, origin: from.origin(path), open: () => { throw new Error('it was read'); } });

    assert.equal(written.how, 'copied');
    assert.equal(await textOf(to, parsePath('plain')), 'hello');
  });

  it('lists more than a page alike by both versions of the request, and deletes it in two', async () => {
    const driver = await trusted();
    const names = Array.from({ length: 1050 }, (_, index) => parsePath(`many/${String(index).padStart(4, '0')} ü+&`));
    for (let index = 0; index < names.length; index += 50) await Promise.all(names.slice(index, index + 50).map((name) => driver.write(name, hello)));

    assert.deepEqual(await all(driver), names);
    assert.deepEqual(await all(await trusted({ listobjects: 'true' })), names);
    for (const part of [names.slice(0, 1000), names.slice(1000)]) assert.ok((await driver.delete(part.map((name) => ({ path: name })))).every((result) => result.error === undefined));
    assert.deepEqual(await all(driver), []);
  });

  it('says what is wrong with keys, buckets and clocks', async () => {
    await assert.rejects((await trusted({ secret_access_key: 'wrong' })).stat(path), (error) => hasCode(error, 'UNAUTHENTICATED') && error.message.includes('SignatureDoesNotMatch') && !error.message.includes('wrong'));
    await assert.rejects((await trusted({ access_key_id: 'nobody' })).stat(path), (error) => hasCode(error, 'UNAUTHENTICATED') && error.context['requestId'] !== undefined);
    await assert.rejects((await trusted({ allow_anonymous_login: 'true' })).stat(path), (error) => hasCode(error, 'PERMISSION_DENIED'));
    const elsewhere = await openS3(server, { url: 's3://no-such-bucket/x', options: { ssl_verify: certificates.ca } });
    drivers.push(elsewhere);
    await assert.rejects(elsewhere.stat(path), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.includes('bucket does not exist'));
    const late = await openS3(server, { url: 's3://bucket/pre', options: { ssl_verify: certificates.ca }, runtime: { now: () => Date.now() - 7_200_000 } });
    drivers.push(late);
    assert.equal((await late.write?.(path, hello))?.entry.size, 5);
  });

  it('reads anonymously what a policy opens', async () => {
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/pre/open/*' }] });
    const answer = await callS3(server, { method: 'PUT', path: '/bucket', query: { policy: '' }, body: policy, ca: certificates.ca });
    assert.ok(answer.status < 300, answer.body.toString());
    await (await trusted()).write(parsePath('open/x'), hello);

    assert.equal(await textOf(await trusted({ allow_anonymous_login: 'true' }), parsePath('open/x')), 'hello');
  });
});

describe('S3 on Ceph RGW', missing('rgw', 'openssl'), () => {
  let certificates: Certificates;
  let server: Rgw;
  const drivers: Driver[] = [];
  const as = async (keys: Readonly<Record<string, string>>, options: Readonly<Record<string, string>> = {}): Promise<Whole> => {
    const driver = await open(server, { ...keys, ...options });
    drivers.push(driver);
    return driver;
  };
  const stranger = (): Promise<Whole> => as({ access_key_id: server.other.accessKeyId, secret_access_key: server.other.secretAccessKey });
  before(async () => {
    certificates = makeCertificates();
    server = await startRgw({ certificates });
    await makeBucket(server, 'bucket');
  });
  after(async () => {
    for (const driver of drivers) await driver.close?.();
    await server.stop();
    certificates.remove();
  });

  it('enforces acl and each grant that a write carried', async () => {
    await (await as({})).write(parsePath('private'), hello);
    await (await as({}, { acl: 'public-read' })).write(parsePath('public'), hello);
    await (await as({}, { grant_read: 'id="other"' })).write(parsePath('granted'), hello);
    await (await as({}, { grant_full_control: 'id="other"' })).write(parsePath('given'), hello);
    const other = await stranger();

    await assert.rejects(textOf(other, parsePath('private')), (error) => hasCode(error, 'PERMISSION_DENIED'));
    for (const name of ['public', 'granted', 'given']) assert.equal(await textOf(other, parsePath(name)), 'hello', name);
  });

  it('writes the grants of ACL rights as they were asked for', async () => {
    await (await as({}, { grant_read_acp: 'id="other"', grant_write_acp: 'id="other"' })).write(parsePath('acp'), hello);

    const acl = (await callS3(server, { method: 'GET', path: '/bucket/pre/acp', query: { acl: '' } })).body.toString();
    assert.match(acl, /<ID>other<\/ID>.*<Permission>READ_ACP<\/Permission>/);
    assert.match(acl, /<ID>other<\/ID>.*<Permission>WRITE_ACP<\/Permission>/);
  });

  it('enforces SSE-C over TLS, in parts too', async () => {
    const secure = { endpointurl: server.secureUrl ?? '', ssl_verify: certificates.ca };
    const driver = await as(secure, { sse_customer_key: customerKey });
    await driver.write(parsePath('encrypted'), hello);
    const upload = await driver.upload(parsePath('parts'), { size: 5 });
    const entry = await upload.complete([await upload.send({ number: 1, start: 0, end: 5 }, hello)]);

    assert.equal(await textOf(driver, parsePath('encrypted')), 'hello');
    assert.equal(await textOf(driver, parsePath('parts')), 'hello');
    assert.ok(entry.etag, 'the entry has an etag, though the server names none at the end');
    await assert.rejects(textOf(await as(secure), parsePath('encrypted')), (error) => error instanceof TowlineError && error.code !== 'NOT_FOUND');
    await assert.rejects(textOf(await as(secure, { sse_customer_key: otherKey }), parsePath('encrypted')), (error) => error instanceof TowlineError && error.code !== 'NOT_FOUND');
  });

  it('encrypts by the KMS key that is named, and refuses one that is not there', async () => {
    const secure = { endpointurl: server.secureUrl ?? '', ssl_verify: certificates.ca };
    const written = await (await as(secure, { sse: 'aws:kms', sse_kms_key_id: 'testkey-1' })).write(parsePath('kms'), hello);

    const head = await callS3(server, { method: 'HEAD', path: '/bucket/pre/kms' });
    assert.equal(head.headers['x-amz-server-side-encryption-aws-kms-key-id'], 'testkey-1');
    assert.equal(written.entry.checksum, undefined);
    await assert.rejects((await as(secure, { sse_kms_key_id: 'no-such-key' })).write(parsePath('kms'), hello), (error) => error instanceof TowlineError);
  });
});

describe("S3 with AWS's own logins", missing('moto'), () => {
  let server: S3Server;
  let folder: string;
  const outside = process.env['AWS_ENDPOINT_URL_STS'];
  before(async () => {
    server = await startMoto();
    folder = temporaryFolder('aws');
    await makeBucket(server, 'bucket');
    // The official provider reads this from the process itself.
    process.env['AWS_ENDPOINT_URL_STS'] = server.url;
  });
  after(async () => {
    if (outside === undefined) delete process.env['AWS_ENDPOINT_URL_STS'];
    else process.env['AWS_ENDPOINT_URL_STS'] = outside;
    removeFolder(folder);
    await server.stop();
  });

  it('takes on a role with an MFA code that it asks the person for', async () => {
    writeFileSync(join(folder, 'config'), `[profile base]\nregion = us-east-1\n[profile role]\nregion = us-east-1\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/lab\nmfa_serial = arn:aws:iam::123456789012:mfa/me\nendpoint_url = ${server.url}\n`);
    writeFileSync(join(folder, 'credentials'), '[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n');
    const questions: string[] = [];
    const options = { profile: 'role', configpath: join(folder, 'config'), credentialpath: join(folder, 'credentials'), access_key_id: '', secret_access_key: '', endpointurl: '' };
    const ask = async ({ text }: { readonly text: string }): Promise<string> => {
      questions.push(text);
      return '123456';
    };
    const driver = await openS3(server, { url: 's3://bucket', options, runtime: { ask } });
    const silent = await openS3(server, { url: 's3://bucket', options });

    await driver.write?.(path, hello);

    assert.equal(await textOf(driver), 'hello');
    assert.deepEqual(questions, ['Code of the MFA device arn:aws:iam::123456789012:mfa/me']);
    await assert.rejects(silent.stat(path), (error) => hasCode(error, 'UNAUTHENTICATED') && (error.hint ?? '').includes('MFA'));
    await driver.close?.();
    await silent.close?.();
  });
});

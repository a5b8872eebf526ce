import { remoteOf } from '../../remotes/made-remote.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../../test/project.ts';
import { hasCode } from '../../errors.ts';
import { parseClearmlConfig } from '../config/clearml-config.ts';
import { chooseAzure } from './azure-place.ts';
import { contentTypeOf } from './content-type.ts';
import { matchesUrl } from './direct-access.ts';
import { filesServer } from './file-server.ts';
import { findTarget } from './find-target.ts';
import { chooseGs } from './gs-place.ts';
import { quoteUrl } from './http-place.ts';
import { configuredSubstitutions, substitute } from './substitution.ts';
import type { Finding, RemoteTarget } from './target.ts';

interface Looked { readonly [key: string]: string | boolean | null }
interface Vectors {
  readonly conf: string;
  readonly s3_lookup: Readonly<Record<string, Looked>>;
  readonly gs_lookup: Readonly<Record<string, Looked>>;
  readonly azure_lookup: Readonly<Record<string, Looked | null>>;
  readonly base_url: Readonly<Record<string, string>>;
  readonly mimetype: Readonly<Record<string, string>>;
  readonly quote_url: Readonly<Record<string, string>>;
  readonly direct_access_url_match: readonly { readonly pattern: string; readonly url: string; readonly match: boolean }[];
}
const vectors = JSON.parse(readFileSync(join(projectFolder, 'test/golden/clearml-2.1.7/vectors.json'), 'utf8')) as Vectors;

interface Given { readonly env?: Record<string, string>; readonly warnings?: string[]; readonly purpose?: 'read' | 'write' }
function finding(text: string, { env = {}, warnings = [], purpose = 'read' }: Given = {}): Finding {
  const lent = { env, home: '/home/me', warn: ({ text: one }: { readonly text: string }) => void warnings.push(one) };
  return { config: parseClearmlConfig(text, lent), warn: lent.warn, purpose, substitute: (url) => url, absolute: (path) => join('/cwd', path), keepSecret: (name) => `/kept/${name}`, named: (url) => remoteOf(url, new Map()) };
}
function remote(url: string, text = vectors.conf, given?: Given): RemoteTarget {
  const target = findTarget(url, finding(text, given));
  return target.kind === 'remote' ? target : assert.fail(`${url} is local`);
}
const settings = (target: RemoteTarget): Record<string, string> => Object.fromEntries([...target.remote.settings].map(([key, { value }]) => [key, value]));
const set = (options: Record<string, string | undefined>): Record<string, string | undefined> => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** URLs that ClearML takes for others whose names they begin with, or sends to a wrong bucket. */
const NOT_COPIED: Readonly<Record<string, { readonly key: string; readonly base: string }>> = {
  's3://my-bucket2/a': { key: 'dk', base: 's3://my-bucket2' }, 's3://prefix/x': { key: 'dk', base: 's3://prefix' }, 's3://localhost:9000/special2/k': { key: 'k2', base: 's3://localhost:9000/special2' },
  's3://pre/sub/x': { key: 'kps', base: 's3://pre' }, 's3://MY-BUCKET/a': { key: 'k1', base: 's3://MY-BUCKET' },
};

for (const [url, looked] of Object.entries(vectors.s3_lookup)) {
  test(`${url} finds the entry of aws.s3 that ClearML finds, whole names only`, () => {
    const target = remote(url);
    const better = NOT_COPIED[url];
    const found = settings(target);

    assert.equal(found['access_key_id'], better?.key ?? looked['key']);
    assert.equal(target.base.replace(/\/$/, ''), better?.base ?? looked['base_url']);
    if (better === undefined) {
      assert.equal(found['region'] ?? '', looked['region']);
      assert.equal(found['endpointurl'], looked['host'] === '' ? undefined : `${looked['secure'] === true ? 'https' : 'http'}://${String(looked['host'])}`);
    }
  });
}

test('names of objects are taken as they are spelled', () => {
  for (const [url, name] of [['s3://b/a%20b.txt', 'a%20b.txt'], ['s3://b/a?x=1#y', 'a?x=1#y'], ['s3://b//a', 'a'], ['s3://h:1/b/x y/z', 'x y/z'], ['gs://b/a%2F', 'a%2F'], ['azure://acct.blob.core.windows.net/c1/p#q', 'p#q']] as const) assert.equal(remote(url).name, name);
});

test('an entry without keys says how to reach the host, with the keys of the defaults', () => {
  const target = remote('s3://minio:9000/b/x', 'sdk.aws.s3 { key: dk, secret: ds, region: r, credentials: [{host: "minio:9000", secure: false}] }');

  assert.deepEqual(settings(target), { access_key_id: 'dk', secret_access_key: 'ds', region: 'r', endpointurl: 'http://minio:9000' });
});

test('an entry with keys inherits nothing, and a chain is given no keys', () => {
  const text = 'sdk.aws.s3 { key: dk, secret: ds, token: t, region: r, credentials: [{bucket: a, key: 007, secret: "s+="}, {bucket: c, use_credentials_chain: true, profile: p}] }';

  assert.deepEqual(settings(remote('s3://a/x', text)), { access_key_id: '007', secret_access_key: 's+=' });
  assert.deepEqual(settings(remote('s3://c/x', text)), { profile: 'p' });
  assert.deepEqual(settings(remote('s3://z/x', text)), { access_key_id: 'dk', secret_access_key: 'ds', session_token: 't', region: 'r' });
});

test('what boto3 is told becomes options, and what has none refuses uploads', () => {
  const target = remote('s3://b/x', 'sdk.aws { s3 { key: k, secret: s, secure: no, verify: false, extra_args: { ServerSideEncryption: "aws:kms", SSEKMSKeyId: id, Metadata: {a: "1"}, ContentType: "x/y", StorageClass: GLACIER } }, boto3 { connect_timeout: 5, s3.addressing_style: path } }');

  assert.deepEqual(settings(target), { access_key_id: 'k', secret_access_key: 's', use_ssl: 'false', ssl_verify: 'false', connect_timeout: '5', addressing_style: 'path', sse: 'aws:kms', sse_kms_key_id: 'id' });
  assert.deepEqual(target.written, { metadata: { a: '1' }, contentType: 'x/y', refused: ['extra_args.StorageClass'] });
  assert.throws(() => remote('s3://b/x', 'sdk.aws { s3 { key: k, secret: s }, boto3.signature_version: s3 }'), { code: 'UNSUPPORTED' });
});

test('without any keys the key to set is named; those of the environment do', () => {
  assert.throws(() => remote('s3://b/x', ''), (error) => hasCode(error, 'UNAUTHENTICATED') && error.message === 'Missing key and secret for S3 storage access (s3://b)' && /sdk\.aws\.s3\.key/.test(error.hint ?? ''));
  assert.deepEqual(settings(remote('s3://b/x', '', { env: { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' } })), {});
});

test('a host whose port was forgotten, and an unknown key, are warnings', () => {
  const warnings: string[] = [];
  remote('s3://minio/b/x', 'sdk.aws.s3 { key: k, secret: s, credentials: [{host: "minio:9000", key: k, secret: s}] }', { warnings });
  remote('s3://b/x', 'sdk.aws.s3.credentials: [{bucket: b, key: k, secret: s, endpoint: e}]', { warnings });

  assert.match(warnings.join('\n'), /taken for a bucket at Amazon[^]*'endpoint' is no key/);
});

for (const [url, looked] of Object.entries(vectors.gs_lookup)) {
  test(`${url} finds the entry of google.storage that ClearML finds, whole names only`, () => {
    const wanted: Readonly<Record<string, string>> = { 'gs://gb/path/in/bucketX': 'p3', 'gs://gbx/a': 'p' };
    const entry = chooseGs(url, finding(vectors.conf));

    assert.equal(entry?.text('project') ?? 'p', wanted[url] ?? looked['project']);
    assert.equal(remote(url).base, url === 'gs://GB/o' ? 'gs://GB' : url === 'gs://gbx/a' ? 'gs://gbx' : looked['base_url']);
  });
}

for (const [url, looked] of Object.entries(vectors.azure_lookup)) {
  test(`${url} finds the entry of azure.storage: that of the container before that of the account`, () => {
    if (looked?.['__error'] !== undefined) assert.throws(() => chooseAzure(url, finding(vectors.conf)), { message: String(looked['__error']).replace('ValueError: ', '') });
    else if (looked === null) assert.throws(() => remote(url), { code: 'UNAUTHENTICATED', message: `Can't find azure configuration for ${url}` });
    else {
      const target = remote(url);
      assert.equal(settings(target)['account_key'], url.includes('/c2/') ? 'a2V5Mg==' : looked['account_key']);
      assert.equal(target.base, looked['base_url']);
    }
  });
}

test('Azure takes signatures and connection strings, and hosts of its own', () => {
  const text = 'sdk.azure.storage.containers: [{account_name: one, container_sas: "?sv=1&sig=x"}, {account_name: two, connection_string: "UseDevelopmentStorage=true"}]';

  assert.deepEqual(settings(remote('azure://one.blob.core.windows.net/c/x', text)), { sas_token: 'sv=1&sig=x' });
  assert.deepEqual(settings(remote('azure://two.private.example/c/x', text)), { account_name: 'two', connection_string: 'UseDevelopmentStorage=true', endpointurl: 'https://two.private.example' });
  assert.deepEqual(set(settings(remote('azure://env/c/x', '', { env: { AZURE_STORAGE_ACCOUNT: 'env', AZURE_STORAGE_KEY: 'k' } }))), { account_name: 'env', account_key: 'k' });
});

test('a remote of an entry of Azure is one that DVC understands: the account is an option, another cloud or host stands in a connection string', () => {
  const text = 'sdk.azure.storage.containers: [{account_name: one, account_key: "a2V5"}, {account_name: two, container_sas: "?sv=1&sig=x"}, {account_name: three, use_default_credential: true}]';
  const adopted = (url: string): unknown => {
    const { forDvc } = remote(url, text);
    return [forDvc?.url, forDvc && Object.fromEntries([...forDvc.settings].map(([key, { value }]) => [key, value]))];
  };

  assert.deepEqual(adopted('azure://one.blob.core.windows.net/box/x'), ['azure://box', { account_name: 'one', account_key: 'a2V5' }]);
  assert.deepEqual(adopted('azure://TWO.dfs.core.windows.net/box'), ['azure://box', { account_name: 'two', sas_token: 'sv=1&sig=x' }]);
  assert.deepEqual(adopted('azure://three.blob.core.windows.net/box'), ['azure://box', { account_name: 'three' }]);
  assert.deepEqual(adopted('azure://one.blob.core.chinacloudapi.cn/box'), ['azure://box', { connection_string: 'DefaultEndpointsProtocol=https;AccountName=one;AccountKey=a2V5;BlobEndpoint=https://one.blob.core.chinacloudapi.cn' }]);
  assert.deepEqual(adopted('azure://two.private.example:444/box'), ['azure://box', { connection_string: 'DefaultEndpointsProtocol=https;AccountName=two;SharedAccessSignature=sv=1&sig=x;BlobEndpoint=https://two.private.example:444' }]);
  assert.deepEqual(adopted('azure://three.blob.core.usgovcloudapi.net/box'), ['azure://box', { account_name: 'three', endpoint_suffix: 'core.usgovcloudapi.net' }]);
  assert.deepEqual(adopted('azure://three.private.example/box'), ['azure://box', { account_name: 'three', endpointurl: 'https://three.private.example' }]);
});

test('base URLs of web servers and of this machine are those of ClearML; a port or a longer name is another server', () => {
  const better: Readonly<Record<string, string>> = { 'http://127.0.0.1:80812/a': 'http://127.0.0.1:80812', 'https://x.com/a': 'https://x.com', 'HTTP://x/y': 'HTTP://x', 'hdfs://a/b': 'hdfs://a', '/t/x': '', 'rel/x': '' };
  for (const [url, base] of Object.entries(vectors.base_url)) assert.equal(findTarget(url, finding(vectors.conf)).base, better[url] ?? base, url);
});

test('the login goes to the file server and to no other; what it stores keeps the spelling, what is read is unescaped', () => {
  const ours = remote('http://127.0.0.1:8081/a%20b/c', vectors.conf, { purpose: 'write' });
  const other = remote('http://127.0.0.1:80812/a', vectors.conf, { purpose: 'write' });

  assert.deepEqual([settings(ours)['access_key'], ours.remote.driver, ours.toPath?.(ours.name) ?? ours.name], ['AK', 'fileserver', 'a%20b/c']);
  assert.deepEqual([settings(other)['access_key'], other.remote.driver], [undefined, 'fileserver']);
  const read = remote('http://127.0.0.1:8081/a%20b/c?download=1');
  assert.equal(read.toPath?.(read.name), 'a b/c');
  assert.deepEqual([remote('https://x.com/a?b#c').remote.url, remote('https://x.com/a').remote.driver], ['https://x.com/a?b', undefined]);
  for (const [from, to] of [['api.verify_certificate: false', 'false'], ['', undefined]] as const) assert.equal(settings(remote('https://x.com/a', from))['ssl_verify'], to);
});

test('the file server is where it is named, or beside the web and API servers', () => {
  const where = (text: string, env = {}): string => filesServer(finding(text, { env }).config);

  assert.equal(where('api.files_server: "http://h:1/"'), 'http://h:1');
  assert.equal(where('api.files_server: "http://h:1"', { TRAINS_FILES_HOST: 'http://e' }), 'http://e');
  assert.equal(where('api.api_server: "https://api.clear.ml"'), 'https://files.clear.ml');
  assert.equal(where('api.api_server: "https://api.corp"'), 'https://files.corp');
  assert.equal(where('api.api_server: "http://h:8008"'), 'http://h:8081');
  assert.equal(where('api.web_server: "http://h"'), 'http://h:8081');
  assert.throws(() => where(''), { code: 'INVALID_CONFIG', message: 'Could not detect ClearML web application server' });
});

test('URLs are quoted as ClearML quotes them', () => {
  // '&' and ',' are left by its own quoting of paths; only web servers' URLs are touched, which the manager sees to.
  for (const [url, quoted] of Object.entries(vectors.quote_url)) if (/^https?:/.test(url)) assert.equal(quoteUrl(url), quoted);
});

test('contents are called what ClearML calls them', () => {
  for (const [name, type] of Object.entries(vectors.mimetype)) assert.equal(contentTypeOf(name), type, name);
});

test('direct access matches the patterns ClearML matches, and sets as well', () => {
  for (const { pattern, url, match } of vectors.direct_access_url_match) assert.equal(matchesUrl(pattern, url), match, `${pattern} ${url}`);
});

test('the first rule of path_substitution whose prefix fits counts; one that is not whole is a warning', () => {
  const warnings: string[] = [];
  const { config, warn } = finding('sdk.storage.path_substitution: [{registered_prefix: "s3://x"}, {registered_prefix: "s3://b/", local_prefix: "file:///mnt/", replace_windows_sep: true}, {registered_prefix: "s3://b", local_prefix: never}]', { warnings });
  const rules = configuredSubstitutions(config, warn);

  assert.equal(substitute('s3://b/c\\d', rules), 'file:///mnt/c/d');
  assert.equal(substitute('s3://a/c', rules), 's3://a/c');
  assert.equal(warnings.length, 1);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { readOptions } from '../../storage/options.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';
import { readSettings, type Settings } from './settings.ts';

const key = Buffer.from('key').toString('base64');
const sas = 'sv=2021-12-02&sig=abc%3D';
type Texts = Readonly<Record<string, string>>;
const settings = (given: Texts, env: Texts = {}, url = 'azure://box/pre'): Settings =>
  readSettings(parseAddress(url), readOptions(options, new Map(Object.entries(given).map(([name, value]) => [name, { value, place: 'test' }]))), { env, home: '/nowhere' });
const way = (given: Texts, env: Texts = {}, url?: string): string => {
  const { login, account } = settings(given, env, url);
  return `${account}: ${login.words}${login.isLent ? ' (lent)' : ''}`;
};
const refusal = (words: string) => (error: unknown): boolean => hasCode(error, 'INVALID_CONFIG') && error.message.includes(words) && error.hint !== undefined;

describe('the settings of an Azure remote', () => {
  it("choose the login by DVC's order, what the remote says before what is lent", () => {
    const principal = { tenant_id: 't', client_id: 'c', client_secret: 's' };
    const rows: readonly (readonly [expected: string, given: Texts, env?: Texts])[] = [
      ['a: connection string', { connection_string: `AccountName=a;AccountKey=${key}`, sas_token: sas }],
      ['a: connection string (lent)', {}, { AZURE_STORAGE_CONNECTION_STRING: `AccountName=a;AccountKey=${key}` }],
      ['a: connection string (lent)', { sas_token: sas }, { AZURE_STORAGE_CONNECTION_STRING: `AccountName=a;AccountKey=${key}` }],
      ['a: AD service principal', { account_name: 'a', ...principal, account_key: key }],
      ['a: AD service principal', { account_name: 'a', tenant_id: 't', client_id: 'c' }, { AZURE_STORAGE_CLIENT_SECRET: 's', AZURE_STORAGE_KEY: key }],
      ['a: account key', { account_name: 'a', account_key: key, sas_token: sas }],
      ['a: SAS token', { account_name: 'a', sas_token: `?${sas}` }],
      ['a: SAS token', { account_name: 'a', sas_token: sas }, { AZURE_STORAGE_KEY: key, AZURE_STORAGE_CONNECTION_STRING: 'AccountName=b' }],
      ['a: anonymous login', { account_name: 'a', allow_anonymous_login: 'true' }, { AZURE_STORAGE_KEY: key }],
      ['a: account key (lent)', { account_name: 'a' }, { AZURE_STORAGE_KEY: key, AZURE_STORAGE_SAS_TOKEN: sas }],
      ['a: SAS token (lent)', {}, { AZURE_STORAGE_ACCOUNT: 'a', AZURE_STORAGE_SAS_TOKEN: sas }],
      ['a: AD service principal (lent)', { account_name: 'a' }, { AZURE_STORAGE_TENANT_ID: 't', AZURE_STORAGE_CLIENT_ID: 'c', AZURE_STORAGE_CLIENT_SECRET: 's' }],
      ['a: default credentials (lent)', { account_name: 'a' }],
      // What is lent for another account is of no use for this one.
      ['a: default credentials (lent)', { account_name: 'a' }, { AZURE_STORAGE_ACCOUNT: 'b', AZURE_STORAGE_KEY: key }],
      ['a: default credentials (lent)', { account_name: 'a' }, { AZURE_STORAGE_CONNECTION_STRING: `AccountName=b;AccountKey=${key}` }],
    ];
    for (const [expected, given, env] of rows) assert.equal(way(given, env), expected, JSON.stringify([given, env]));
    assert.equal(way({}, { AZURE_STORAGE_KEY: key }, 'azure://box@c.blob.core.windows.net'), 'c: account key (lent)');
  });

  it('put the blob service where option, connection string, URL or nobody says', () => {
    const rows: readonly (readonly [origin: string, base: string, given: Texts, url?: string])[] = [
      ['https://a.blob.core.windows.net', '', { account_name: 'a' }],
      ['https://a.blob.core.chinacloudapi.cn', '', { account_name: 'a', endpoint_suffix: 'core.chinacloudapi.cn' }],
      ['https://a.blob.core.usgovcloudapi.net', '', {}, 'azure://box@a.blob.core.usgovcloudapi.net'],
      ['http://a.blob.example.org:81', '', { connection_string: `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=${key};EndpointSuffix=example.org:81` }],
      ['https://a.z1.blob.storage.azure.net', '', { connection_string: `BlobEndpoint=https://a.z1.blob.storage.azure.net/;SharedAccessSignature=${sas}` }],
      ['http://127.0.0.1:10000', '/devstoreaccount1', { connection_string: 'UseDevelopmentStorage=true' }],
      ['http://127.0.0.1:1234', '/a', { account_name: 'a', endpointurl: 'http://127.0.0.1:1234' }],
      ['http://localhost:1234', '/b', { account_name: 'a', endpointurl: 'http://localhost:1234/b/' }],
      ['https://blobs.example.org', '', { account_name: 'a', account_key: key, endpointurl: 'https://blobs.example.org' }],
    ];
    for (const [origin, base, given, url] of rows) {
      const { endpoint } = settings(given, {}, url);

      assert.deepEqual([endpoint.origin, endpoint.base], [origin, base], JSON.stringify(given));
    }
  });

  it("take the container of az's configuration where the URL has none", () => {
    assert.equal(settings({ account_name: 'a' }, { AZURE_STORAGE_CONTAINER_NAME: 'crate' }, 'azure://').container, 'crate');
    assert.throws(() => settings({ account_name: 'a' }, {}, 'azure://'), refusal('names no container'));
    assert.throws(() => settings({ account_name: 'a' }, { AZURE_STORAGE_CONTAINER_NAME: '../x' }, 'azure://'), refusal('container'));
  });

  it("are refused in DVC's words where something is missing, and plainly where two things contradict each other", () => {
    assert.throws(() => settings({ tenant_id: 't', client_id: 'c', client_secret: 's' }), refusal('Authentication to Azure Blob Storage requires either account_name or connection_string.'));
    assert.throws(() => settings({ account_name: 'a', client_id: 'c' }), refusal('Authentication to Azure Blob Storage via AD service principal failed'));
    assert.throws(() => settings({ account_name: 'a', account_key: 'not base64!' }), refusal('Authentication to Azure Blob Storage via account key failed'));
    assert.throws(() => settings({ account_name: 'a', sas_token: 'https://a.blob.core.windows.net/?sig=x' }), refusal('Authentication to Azure Blob Storage via SAS token failed'));
    assert.throws(() => settings({ connection_string: 'AccountName=b', account_name: 'a' }), refusal("of another account than 'a'"));
    assert.throws(() => settings({ account_name: 'a' }, {}, 'azure://box@b.blob.core.windows.net'), refusal("of another account than 'b'"));
    assert.throws(() => settings({ account_name: 'a', endpointurl: 'ftp://x' }), refusal('not an http:// or https:// address'));
    assert.throws(() => settings({ account_name: 'a', endpointurl: 'https://a.blob.core.windows.net/?sig=hidden' }), (error) => refusal('query')(error) && !String(error).includes('hidden'));
    assert.throws(() => settings({ account_name: 'a', endpoint_suffix: 'x/../y' }), refusal('endpoint_suffix'));
    assert.throws(() => settings({ account_name: 'evil.example/x' }), refusal('cannot be the name of a storage account'));
  });

  it('bring timeouts and certificates to the connection', () => {
    assert.deepEqual(settings({ account_name: 'a', read_timeout: '7', connection_timeout: '3', ssl_verify: '/ca.pem' }).connection, { verifyTls: true, caFile: '/ca.pem', connectTimeoutSeconds: 3, idleTimeoutSeconds: 7 });
    assert.deepEqual(settings({ account_name: 'a', ssl_verify: 'false' }).connection, { verifyTls: false });
  });
});

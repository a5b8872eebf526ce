import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { EMULATOR, parseConnectionString } from './connection-string.ts';

describe('a connection string', () => {
  it('is read as the portal writes it, with keys in any case', () => {
    const read = parseConnectionString('defaultendpointsprotocol=https;AccountName=Acct;ACCOUNTKEY=a2V5==;EndpointSuffix=core.usgovcloudapi.net;');

    assert.deepEqual(read, { account: 'acct', key: 'a2V5==', sas: undefined, blobEndpoint: undefined, suffix: 'core.usgovcloudapi.net', protocol: 'https' });
  });

  it('may hold an endpoint and a SAS, with the signs of a query in it', () => {
    const read = parseConnectionString(' BlobEndpoint=https://acct.z1.blob.storage.azure.net ; SharedAccessSignature=sv=2021-12-02&sig=a%2Bb%3D ');

    assert.deepEqual([read.blobEndpoint, read.sas, read.account], ['https://acct.z1.blob.storage.azure.net', 'sv=2021-12-02&sig=a%2Bb%3D', undefined]);
  });

  it('may mean the emulator', () => {
    assert.deepEqual(parseConnectionString('UseDevelopmentStorage=true'), { ...EMULATOR, sas: undefined, blobEndpoint: 'http://127.0.0.1:10000/devstoreaccount1', suffix: undefined, protocol: 'http' });
    assert.equal(parseConnectionString('UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://host').blobEndpoint, 'http://host:10000/devstoreaccount1');
    assert.equal(parseConnectionString('UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://host:1234/').blobEndpoint, 'http://host:1234/devstoreaccount1');
  });

  it("is refused with DVC's words and nothing of its text", () => {
    for (const text of ['', ';', 'hidden', 'AccountKey=hidden', 'AccountName=a;hidden', 'DefaultEndpointsProtocol=ftp;AccountName=hidden', 'UseDevelopmentStorage=true;DevelopmentStorageProxyUri=hidden']) {
      assert.throws(() => parseConnectionString(text), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.startsWith('Authentication to Azure Blob Storage via connection string failed') && !error.message.includes('hidden'), text);
    }
  });
});

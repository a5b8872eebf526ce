import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { parseAzConfig, readLent } from './az-config.ts';

describe("az's configuration", () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'towline-az-'));
    for (const folder of ['.azure', 'other']) mkdirSync(join(home, folder));
    writeFileSync(join(home, '.azure/config'), '# made by az\n[core]\noutput = table\n[storage]\naccount = Filed\nkey: filekey\nsas_token = sv=1&sig=a%%2Bb\ncontainer_name = box\n');
    writeFileSync(join(home, 'other/config'), '[DEFAULT]\naccount = fallback\n[storage]\nkey = otherkey\n');
  });
  after(() => { rmSync(home, { recursive: true }); });

  it('lends what its section storage says, as configparser reads it', () => {
    assert.deepEqual(readLent({ env: {}, home }), { connectionString: undefined, account: 'filed', key: 'filekey', sas: 'sv=1&sig=a%2Bb', container: 'box' });
  });

  it('lies where AZURE_CONFIG_DIR says, and may be absent', () => {
    assert.deepEqual([readLent({ env: { AZURE_CONFIG_DIR: join(home, 'other') }, home }).key, readLent({ env: { AZURE_CONFIG_DIR: '~/other' }, home }).account], ['otherkey', 'fallback']);
    assert.equal(readLent({ env: { AZURE_CONFIG_DIR: join(home, 'nowhere') }, home }).account, undefined);
  });

  it('gives way to the variables that az knows, and comes before those of adlfs', () => {
    const env = { AZURE_STORAGE_ACCOUNT: 'named', AZURE_STORAGE_KEY: '', AZURE_STORAGE_ACCOUNT_KEY: 'late', AZURE_STORAGE_CONTAINER_NAME: 'crate', AZURE_STORAGE_SAS_TOKEN: 'sig=x', AZURE_STORAGE_CONNECTION_STRING: 'AccountName=a' };

    assert.deepEqual(readLent({ env, home }), { connectionString: 'AccountName=a', account: 'named', key: 'filekey', sas: 'sig=x', container: 'crate' });
    assert.deepEqual([readLent({ env: { AZURE_STORAGE_ACCOUNT_NAME: 'late', AZURE_STORAGE_ACCOUNT_KEY: 'latekey' }, home: '/nowhere' }).account, readLent({ env: { AZURE_STORAGE_ACCOUNT_KEY: 'latekey' }, home: '/nowhere' }).key], ['late', 'latekey']);
  });

  it('names the line it cannot read', () => {
    assert.throws(() => parseAzConfig('[storage]\nkey = x\nnonsense\n', 'FILE'), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.startsWith('FILE:3:'));
    assert.throws(() => parseAzConfig('key = x\n', 'FILE'), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.startsWith('FILE:1:'));
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nodeDisk } from '../../src/disk/node.ts';
import { chooseLogin } from '../../src/drivers/azure/login-choice.ts';
import { azure } from '../../src/drivers/azure/index.ts';
import { fileserver } from '../../src/drivers/fileserver/index.ts';
import { http } from '../../src/drivers/http/index.ts';
import { local } from '../../src/drivers/local/index.ts';
import type { StorageDefinition } from '../../src/storage/definition.ts';
import { supports } from '../../src/storage/driver.ts';
import { type OptionTable, readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { openingIn } from '../lent.ts';
import { startFileserver } from '../servers/fileserver.ts';
import { createLine } from './line.ts';
import { createWire } from './s3-wire.ts';

const path = parsePath('a');
const hello = fromBytes(Buffer.from('hello'));
const placed = (settings: Readonly<Record<string, string>>) => new Map(Object.entries(settings).map(([key, value]) => [key, { value, place: 'test' }]));

/** How a driver of these settings connects. */
async function connections<T extends OptionTable>(definition: StorageDefinition<T>, url: string, settings: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const line = createLine(() => ({}));
  await definition.open(definition.parse(url), readOptions(definition.options, placed(settings)), line.opening());
  return line.connections;
}

// What the other files of this folder show belongs to a server or a subject; here is the rest.
describe('options have their effect', () => {
  it('of S3: session_token and sse_customer_algorithm are headers of every request', async () => {
    const wire = createWire(() => ({ headers: { etag: '"5d41402abc4b2a76b9719d911017c592"' } }));
    const driver = await wire.open({ session_token: 'T-1', sse_customer_key: Buffer.alloc(32, 7).toString('base64'), sse_customer_algorithm: 'AES512' });
    assert.ok(supports(driver, 'write'));

    await driver.write(path, hello);

    assert.equal(wire.seen[0]?.headers.get('x-amz-security-token'), 'T-1');
    assert.equal(wire.seen[0]?.headers.get('x-amz-server-side-encryption-customer-algorithm'), 'AES512');
  });

  it('of a web server: connect_timeout and read_timeout are those of the connection', async () => {
    const [settings] = await connections(http, 'http://host/x', { connect_timeout: '3', read_timeout: '4' });

    assert.deepEqual(settings, { verifyTls: true, connectTimeoutSeconds: 3, idleTimeoutSeconds: 4 });
  });

  it('of Azure: exclude_visual_studio_code_credential leaves that login out of the default ones', () => {
    const nothing = { connectionString: undefined, account: undefined, key: undefined, sas: undefined, container: undefined };
    for (const value of ['true', 'false']) {
      const choice = chooseLogin('account', { options: readOptions(azure.options, placed({ exclude_visual_studio_code_credential: value })), lent: nothing, env: {} });
      assert.ok(choice.kind === 'default');
      assert.equal(choice.excluded.visualStudioCode, value === 'true');
    }
  });

  it('of a folder: fsync has the folder of a small object saved, which is left to the system without it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fsync-'));
    const saved: string[] = [];
    const disk = { ...nodeDisk, settleFolder: async (which: string) => { saved.push(which); await nodeDisk.settleFolder(which); } };
    try {
      for (const fsync of ['false', 'true']) {
        const driver = await local.open(local.parse(folder), readOptions(local.options, placed({ fsync })), { ...openingIn(folder), disk });
        assert.ok(supports(driver, 'write'));
        await driver.write(path, hello);
        assert.equal(saved.includes(folder), fsync === 'true');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('of a folder: file_mode is that of the files written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'file-mode-'));
    try {
      const driver = await local.open(local.parse(folder), readOptions(local.options, placed({ file_mode: '640' })), openingIn(folder));
      assert.ok(supports(driver, 'write'));

      await driver.write(path, hello);

      assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o640);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("of ClearML's file server: ssl_verify, connect_timeout and read_timeout are those of the connection", async () => {
    const [settings] = await connections(fileserver, 'https://host:8081', { ssl_verify: 'false', connect_timeout: '3', read_timeout: '4' });

    assert.deepEqual(settings, { verifyTls: false, connectTimeoutSeconds: 3, idleTimeoutSeconds: 4 });
  });

  it("of ClearML's file server: api_server gives a token for access_key and secret_key", async () => {
    const server = await startFileserver();
    const open = async (settings: Readonly<Record<string, string>>) => await fileserver.open(fileserver.parse(server.url), readOptions(fileserver.options, placed(settings)), openingIn(server.folder));
    try {
      for (const [settings, isLetIn] of [[{ access_key: 'AK', secret_key: 'SK' }, true], [{ access_key: 'AK', secret_key: 'wrong' }, false]] as const) {
        const driver = await open({ api_server: server.apiUrl, ...settings });
        assert.ok(supports(driver, 'write'));
        const written = driver.write(path, hello);
        await (isLetIn ? written : assert.rejects(written, /./));
        await driver.close?.();
      }
    } finally {
      await server.stop();
    }
  });

  it("of ClearML's file server: a token is shown as it is, and nobody is asked for another", async () => {
    const line = createLine(() => ({ headers: { 'content-length': '5' } }));
    const driver = await fileserver.open(fileserver.parse('https://host:8081'), readOptions(fileserver.options, placed({ token: 'T-1' })), line.opening());

    await driver.stat(path);

    assert.deepEqual(line.seen.map(({ origin, headers }) => [origin, headers.get('authorization')]), [['https://host:8081', 'Bearer T-1']]);
  });
});

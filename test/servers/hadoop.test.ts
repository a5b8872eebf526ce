import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { whyMissing } from '../judges.ts';
import { startHadoop } from './hadoop.ts';
import { systemPath } from './program.ts';

const get = async (port: number | undefined, path: string): Promise<{ readonly status: number; readonly body: string }> => {
  const response = await fetch(`http://localhost:${port}/webhdfs/v1${path}`);
  return { status: response.status, body: await response.text() };
};

describe('Hadoop', () => {
  it('NameNode and HttpFS show the same folders, with rights, and take settings', { skip: whyMissing('minihdfs') ?? false }, async () => {
    const server = await startHadoop({ httpfs: true, configuration: { 'dfs.namenode.fs-limits.max-component-length': '50' } });
    try {
      const [mine, other] = await Promise.all([server.port, server.httpfsPort].map((port) => get(port, '/user/alice?op=GETFILESTATUS&user.name=alice')));
      assert.equal(mine?.status, 200);
      assert.match(mine.body, /"owner":"alice"/);
      assert.match(other?.body ?? '', /"owner":"alice"/);
      assert.equal((await get(server.port, '/user/bob?op=LISTSTATUS&user.name=alice')).status, 403);
      const long = await fetch(`http://localhost:${server.port}/webhdfs/v1/tmp/${'x'.repeat(51)}?op=MKDIRS&user.name=alice`, { method: 'PUT' });
      assert.match(await long.text(), /PathComponentTooLong/);
    } finally { await server.stop(); }
  });

  it('with Kerberos asks for a ticket, and gives one to who has the key', { skip: whyMissing('minihdfs', 'kerberos') ?? false }, async () => {
    const server = await startHadoop({ kerberos: true });
    try {
      assert.equal((await get(server.port, '/?op=GETHOMEDIRECTORY')).status, 401);
      const env = { PATH: systemPath, ...server.kerberos?.login() };
      assert.match(execFileSync('klist', { env, encoding: 'utf8' }), /alice@TEST\.LOCAL/);
    } finally { await server.stop(); }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../../errors.ts';
import { parsePath } from '../../storage/path.ts';
import { fromBytes } from '../../storage/source.ts';
import type { Pool } from './pool.ts';
import type { RemotePlace } from './remote-place.ts';
import { encodePacket, MESSAGE, readFields } from './sftp-packet.ts';
import type { Reply, SftpSession } from './sftp-session.ts';
import { writeObject } from './write.ts';

/** A server that says yes to everything and keeps a list of what it was asked; `size` is that of every file. */
function placeOn(size: number, { fsync, extensions }: { readonly fsync: boolean; readonly extensions: readonly string[] }): { readonly place: RemotePlace; readonly asked: string[] } {
  const asked: string[] = [];
  const reply = (type: number, fields: Parameters<typeof encodePacket>[1]): Reply => ({ type, fields: readFields(encodePacket(type, fields), 5) });
  const names = new Map<number, string>(Object.entries(MESSAGE).map(([name, number]) => [number, name]));
  const session: SftpSession = {
    async request(type, fields) {
      asked.push(type === MESSAGE.extended ? String(fields[0]) : (names.get(type) ?? ''));
      if (type === MESSAGE.open) return reply(MESSAGE.handle, ['handle']);
      return type === MESSAGE.fstat ? reply(MESSAGE.attrs, [1, BigInt(size)]) : reply(MESSAGE.status, []);
    },
    extensions: new Map(extensions.map((name) => [name, '1'])), limits: { read: 4, write: 4 }, isOpen: () => true, end: () => undefined,
  };
  const pool: Pool = { use: async (work) => await work(session), lend: async () => ({ session, release: () => undefined }), close: async () => undefined };
  return { place: { displayUrl: 'ssh://h/x', root: '/x', pool, randomBytes: (count) => new Uint8Array(count), folders: new Map(), fsync, server: '@h:' }, asked };
}
const path = parsePath('object');
const six = fromBytes(Buffer.from('sixsix'));

test('a write is open, writes, description, close and rename, and nothing more (#8456)', async () => {
  const { place, asked } = placeOn(6, { fsync: false, extensions: ['posix-rename@openssh.com', 'fsync@openssh.com'] });
  await writeObject(place, path, { source: six });

  assert.deepEqual(asked, ['open', 'write', 'write', 'fstat', 'close', 'posix-rename@openssh.com']);
});

test('with fsync the server is asked to write to its disk before the rename, where it can', async () => {
  const [able, unable] = [['posix-rename@openssh.com', 'fsync@openssh.com'], ['posix-rename@openssh.com']].map((extensions) => placeOn(6, { fsync: true, extensions }));
  for (const one of [able, unable]) if (one) await writeObject(one.place, path, { source: six });

  assert.deepEqual(able?.asked.slice(3), ['fsync@openssh.com', 'fstat', 'close', 'posix-rename@openssh.com']);
  assert.ok(!unable?.asked.includes('fsync@openssh.com'));
});

test('a file the server holds only in part is not given its name', async () => {
  const { place, asked } = placeOn(5, { fsync: false, extensions: ['posix-rename@openssh.com'] });

  await assert.rejects(writeObject(place, path, { source: six }), (error) => hasCode(error, 'CORRUPT'));
  assert.deepEqual(asked.slice(-2), ['close', 'remove']);
});

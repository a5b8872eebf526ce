import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { removeFolder, temporaryFolder } from '../../../test/servers/server.ts';
import { type Item, zip } from '../../../test/zips.ts';
import { randomFor } from '../../../test/seed.ts';
import { nodeDisk } from '../../disk/node.ts';
import { TowlineError } from '../../errors.ts';
import { unpack } from './unpack.ts';

const top = temporaryFolder('archive');
after(() => { removeFolder(top); });


/** A tar as its bytes, so that what no program would write can be written. */
function tar(...items: readonly Item[]): Buffer {
  const blocks = items.flatMap(({ name, body = '', type = '0', link = '', mode = 0o644, size }) => {
    const bytes = Buffer.from(body);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
    header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write('ustar\u000000', 257);
    header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

let count = 0;
/** What the archives below try to write far away. */
const ABSOLUTE = ['/evil', '/z', '/etc/x', '/etc/m'];
async function extract(kind: 'zip' | 'tar', bytes: Buffer, limits: { mostMembers?: number; mostBytes?: number } = {}): Promise<string> {
  const place = join(top, String(count++));
  mkdirSync(join(place, 'out'), { recursive: true });
  writeFileSync(join(place, 'file'), bytes);
  try {
    await unpack({ file: join(place, 'file'), kind, folder: join(place, 'out'), disk: nodeDisk, platform: 'linux', limits });
  } finally {
    assert.deepEqual([readdirSync(place).sort(), readdirSync(top).length], [['file', 'out'], count], 'something was written outside');
    for (const path of ABSOLUTE) assert.equal(existsSync(path), false, `'${path}' was written`);
    if (limits.mostBytes !== undefined) assert.ok(bytesIn(join(place, 'out')) <= limits.mostBytes, 'more than the limit was written');
  }
  return join(place, 'out');
}
const text = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');

test('files, folders, modes and inner links of a tar come out', async () => {
  const long = `${'d'.repeat(60)}/${'n'.repeat(90)}`;
  const pax = `${String(`path=${long}`.length + 5)} path=${long}\n`;
  const folder = await extract('tar', tar({ name: './', type: '5' }, { name: 'sub/', type: '5' }, { name: './a.txt', body: 'one' }, { name: 'sub/run', body: 'x'.repeat(2000), mode: 0o755 }, { name: 'sub/link', type: '2', link: '../a.txt' },
    { name: 'twin', type: '1', link: 'a.txt' }, { name: 'x', type: 'x', body: pax.replace(/^\d+/, String(Buffer.byteLength(pax))) }, { name: 'short', body: 'long' }, { name: 'é', body: 'ü' }));

  assert.equal(text(folder, 'a.txt'), 'one');
  assert.equal(text(folder, 'twin'), 'one');
  assert.equal(text(folder, long), 'long');
  assert.equal(text(folder, 'é'), 'ü');
  assert.equal(text(folder, 'sub/run').length, 2000);
  assert.equal(statSync(join(folder, 'sub/run')).mode & 0o111, 0o111);
  assert.equal(readlinkSync(join(folder, 'sub/link')), '../a.txt');
});

test('files, folders, modes and inner links of a zip come out', async () => {
  const folder = await extract('zip', zip({ name: 'sub/' , mode: 0o040755 }, { name: 'sub/a', body: 'one' }, { name: 'run', body: 'x', mode: 0o100755 }, { name: 'sub/l', body: '../run', mode: 0o120777 }));

  assert.equal(text(folder, 'sub/l'), 'x');
  assert.equal(statSync(join(folder, 'run')).mode & 0o111, 0o111);
});

const bomb = 'x'.repeat(200_000);
const hostile: Readonly<Record<string, readonly ['zip' | 'tar', Buffer, { mostMembers?: number; mostBytes?: number }?]>> = {
  'a tar with ..': ['tar', tar({ name: '../evil', body: 'x' })], 'a tar with .. within': ['tar', tar({ name: 'a/../../evil', body: 'x' })], 'an absolute tar': ['tar', tar({ name: '/evil', body: 'x' })],
  'a tar with an empty segment': ['tar', tar({ name: 'a//b', body: 'x' })], 'a control character': ['tar', tar({ name: 'a\nb', body: 'x' })], 'a folder outside': ['tar', tar({ name: '../evil/', type: '5' })],
  'a link outside': ['tar', tar({ name: 'l', type: '2', link: '../x' })], 'an absolute link': ['tar', tar({ name: 'l', type: '2', link: '/etc/passwd' })], 'a deep link outside': ['tar', tar({ name: 'a/b/l', type: '2', link: '../../../x' })],
  'an empty link': ['tar', tar({ name: 'l', type: '2', link: '' })], 'a link with .. behind a name': ['tar', tar({ name: 'l', type: '2', link: 'a/../../x' })],
  'a file through a link': ['tar', tar({ name: 'l', type: '2', link: 'd' }, { name: 'l/x', body: 'x' })], 'a file over a link': ['tar', tar({ name: 'l', type: '2', link: 'd' }, { name: 'l', body: 'x' })], 'a link over a file': ['tar', tar({ name: 'l', body: 'x' }, { name: 'l', type: '2', link: 'd' })],
  'a link through a link': ['tar', tar({ name: 'a/b/c/x', type: '2', link: '../../..' }, { name: 'l', type: '2', link: 'a/b/c/x/../evil' })], 'a file below a file': ['tar', tar({ name: 'a', body: 'x' }, { name: 'a/b', body: 'x' })],
  'a hard link outside': ['tar', tar({ name: 'h', type: '1', link: '../file' })], 'an absolute hard link': ['tar', tar({ name: 'h', type: '1', link: '/etc/passwd' })], 'a hard link to nothing': ['tar', tar({ name: 'h', type: '1', link: 'gone' })],
  'a character device': ['tar', tar({ name: 'd', type: '3' })], 'a block device': ['tar', tar({ name: 'd', type: '4' })], 'a pipe': ['tar', tar({ name: 'd', type: '6' })], 'a kind nobody knows': ['tar', tar({ name: 'd', type: 'S' })],
  'case twins': ['tar', tar({ name: 'Readme', body: 'x' }, { name: 'README', body: 'y' })], 'case twins of folders': ['tar', tar({ name: 'A/x', body: 'x' }, { name: 'a/y', body: 'y' })],
  'a bomb by size': ['tar', tar({ name: 'b', body: bomb }), { mostBytes: 100_000 }], 'a bomb by count': ['tar', tar(...Array.from({ length: 50 }, (_, index) => ({ name: `f${index}` }))), { mostMembers: 40 }],
  'a tar cut off': ['tar', gzipSync(Buffer.alloc(700, 1))], 'a tar that promises more': ['tar', tar({ name: 'a', body: 'x', size: 1 << 20 })], 'no gzip at all': ['tar', Buffer.from('hello')], 'a damaged gzip': ['tar', tar({ name: 'a', body: bomb }).subarray(0, 150)],
  'headers without a member': ['tar', tar(...Array.from({ length: 300 }, () => ({ name: 'x', type: 'x', body: '2000 comment='.padEnd(1999, 'x') + '\n' }))), { mostMembers: 10, mostBytes: 10_000 }],
  'a folder with endless bytes': ['tar', tar({ name: 'd/', type: '5', body: bomb }), { mostMembers: 10, mostBytes: 10_000 }], 'a link to itself behind a file': ['tar', tar({ name: 'a/x', body: 'x' }, { name: 'a', type: '2', link: 'a' })],
  'a hard link through a link': ['tar', tar({ name: 'd/x', body: 'x' }, { name: 'l', type: '2', link: 'd' }, { name: 'h', type: '1', link: 'l/x' })], 'a hard link to a folder': ['tar', tar({ name: 'd', type: '5' }, { name: 'h', type: '1', link: 'd' })],
  'holes': ['tar', tar({ name: 'x', type: 'x', body: '25 GNU.sparse.major=1\n'.padStart(23) }, { name: 'f', body: 'x' })],
  'a zip with ..': ['zip', zip({ name: '../evil', body: 'x' })], 'an absolute zip': ['zip', zip({ name: '/evil', body: 'x' })], 'a backslash': ['zip', zip({ name: '..\\evil', body: 'x' })], 'a zip link outside': ['zip', zip({ name: 'l', body: '../x', mode: 0o120777 })],
  'a zip through a link': ['zip', zip({ name: 'l', body: 'd', mode: 0o120777 }, { name: 'l/x', body: 'x' })], 'a zip device': ['zip', zip({ name: 'd', mode: 0o020644 })], 'a zip bomb': ['zip', zip({ name: 'b', body: bomb }), { mostBytes: 100_000 }],
  'a zip that lies about sizes': ['zip', zip({ name: 'b', body: bomb, size: 10 })], 'no zip at all': ['zip', Buffer.from('hello')], 'twins of a zip': ['zip', zip({ name: 'ä', body: '' }, { name: 'Ä', body: '' })],
};

test('there are at least 36 of them', () => { assert.ok(Object.keys(hostile).length >= 36); });

for (const [name, [kind, bytes, limits]] of Object.entries(hostile)) {
  test(`${name} is refused, and nothing is written outside`, { timeout: 20_000 }, async () => {
    await assert.rejects(extract(kind, bytes, limits), (error) => error instanceof TowlineError && error.code === 'CORRUPT' || assert.fail(error instanceof Error ? error.stack : String(error)));
  });
}

/** What lies below a folder, in bytes; a second name of a file takes none. */
function bytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => statSync(join(entry.parentPath, entry.name)));
  return [...new Map(files.map((file) => [file.ino, file.size])).values()].reduce((sum, size) => sum + size, 0);
}

test('200 generated archives are read or refused, in their time, and write nothing outside and no more than the limit', { timeout: 60_000 }, async () => {
  const random = randomFor('archives');
  const pick = (below: number): number => Math.floor(random() * below);
  const names = ['a', 'a/b', '../x', './c', 'a/../../y', '/z', 'l', 'l/m', 'A', 'd/e/f', 'é', 'n'.repeat(90)];
  const links = [...names, '..', '../..', 'd/../../x', '.', '/etc'];
  const mostBytes = 4000;
  const ends = { read: 0, refused: 0 };
  for (let round = 0; round < 200; round++) {
    const items = Array.from({ length: 1 + pick(5) }, (): Item => ({ name: names[pick(names.length)] ?? '', body: 'x'.repeat(pick(4) * 700), type: '00001255'[pick(8)] ?? '0', link: links[pick(links.length)] ?? '', mode: pick(4) === 0 ? 0o120777 : 0o100644 }));
    const bytes = round % 2 === 0 ? tar(...items) : zip(...items);
    if (pick(3) === 0) bytes[pick(bytes.length)] = pick(256);
    try {
      await extract(round % 2 === 0 ? 'tar' : 'zip', bytes, { mostBytes });
      ends.read += 1;
    } catch (error) {
      assert.ok(error instanceof TowlineError, error instanceof Error ? error.stack : String(error));
      ends.refused += 1;
    }
  }
  assert.ok(ends.read > 10 && ends.refused > 10, JSON.stringify(ends));
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { projectFolder } from '../../test/project.ts';
import { openingIn } from '../../test/lent.ts';
import { type FileserverDouble, startFileserver } from '../../test/servers/fileserver.ts';
import { removeFolder, temporaryFolder } from '../../test/servers/server.ts';
import { TowlineError } from '../errors.ts';
import type { Progress } from '../runtime.ts';
import { fromBytes } from '../storage/source.ts';
import { createStorageManager, type StorageManager } from './storage-manager.ts';

const home = temporaryFolder('clearml-manager');
let server: FileserverDouble;
before(async () => { server = await startFileserver(); });
after(async () => {
  await server.stop();
  removeFolder(home);
});

const write = (path: string, text: string | Uint8Array): string => {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
let made = 0;
interface Making { readonly cache?: string; readonly report?: (event: Progress) => void }
interface Made { readonly manager: StorageManager; readonly warnings: string[]; readonly cache: string }
function make(more = '', { cache = join(home, `cache${++made}`), report }: Making = {}): Made {
  const warnings: string[] = [];
  const configFile = write(`conf${made}/clearml.conf`, `api { files_server: "${server.url}", api_server: "${server.apiUrl}", credentials { access_key: AK, secret_key: SK } }\nsdk.storage.cache.default_base_dir: "${cache}"\n${more}`);
  const opening = openingIn(home);
  const lent = { ...opening, env: { ...opening.env, PATH: process.env['PATH'] }, warn: ({ text }: { readonly text: string }) => void warnings.push(text), ...(report && { report }) };
  return { manager: createStorageManager({ lent, configFile, cwd: home }), warnings, cache };
}
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

test('a file goes to the file server and comes back: names are quoted once, and one login serves all', async () => {
  const { manager, cache } = make();
  const file = write('a é.txt', 'hello');
  const since = server.arrived.length;

  const url = await manager.uploadFile(file, `${server.url}/proj/my dir/a é.txt`);
  assert.equal(url, `${server.url}/proj/my%20dir/a%20%C3%A9.txt`);
  assert.equal(readFileSync(join(server.folder, 'proj/my dir/a é.txt'), 'utf8'), 'hello');
  const copy = await manager.getLocalCopy(url);
  assert.equal(copy, join(cache, 'storage_manager/global', `${md5(url)}.a%20%C3%A9.txt`));
  assert.equal(readFileSync(copy ?? '', 'utf8'), 'hello');
  assert.deepEqual(server.arrived.slice(since).map(({ method, url: path }) => `${method} ${path}`), ['GET /auth.login', 'POST /', 'GET /proj/my%20dir/a%20%C3%A9.txt']);

  assert.equal(await manager.getLocalCopy(url), copy);
  assert.equal(server.arrived.length - since, 3, 'a hit asks nobody');
  await manager.close();
});

test('what the file server has is looked at, streamed in ranges and deleted; what it has not is null or false', async () => {
  const { manager, warnings } = make();
  const url = await manager.uploadFile(write('b.txt', '0123456789'), `${server.url}/look/`);

  assert.equal(url, `${server.url}/look/b.txt`);
  assert.deepEqual(await manager.getMetadata(url), { name: url, size: 10 });
  assert.equal(await manager.getFileSizeBytes(url), 10);
  assert.equal(await manager.existsFile(url), true);
  assert.equal(await manager.existsFile(`${url}/`), false);
  const chunks: Uint8Array[] = [];
  for await (const chunk of manager.downloadAsStream(url, { start: 2, end: 5 })) chunks.push(Uint8Array.from(chunk));
  assert.equal(Buffer.concat(chunks).toString(), '234');
  assert.equal(await manager.deleteFile(url), true);
  assert.equal(await manager.deleteFile(url), false);
  assert.equal(await manager.existsFile(url), false);
  assert.equal(await manager.getMetadata(url), null);
  assert.equal(await manager.getFileSizeBytes(url), null);
  assert.equal(await manager.getLocalCopy(url), null);
  assert.equal(await manager.list(`${server.url}/look`), null);
  assert.equal(warnings.length, 3);
  await manager.close();
});

test('a token that is refused is renewed once; the login goes to no other server', async () => {
  const { manager } = make();
  const url = await manager.uploadFile(write('c.txt', 'c'), `${server.url}/c.txt`);
  server.expireTokens();
  assert.equal(await manager.existsFile(url), true);

  const other = await startFileserver({ isOpen: true });
  try {
    assert.equal(await manager.uploadFile(write('c.txt', 'c'), `${other.url}/c.txt`), `${other.url}/c.txt`);
    assert.equal(await manager.getFileSizeBytes(`${other.url}/c.txt`), 1);
    assert.deepEqual([...new Set(other.arrived.map(({ authorization }) => authorization))], [undefined]);
  } finally {
    await manager.close();
    await other.stop();
  }
});

test('what is too large for the server says so', async () => {
  const small = await startFileserver({ mostBytes: 100, isOpen: true });
  const { manager } = make(`api.files_server: "${small.url}"`);
  try {
    await assert.rejects(manager.uploadFile(write('large', 'x'.repeat(200)), `${small.url}/large`), (error) => error instanceof TowlineError && /too large/.test(error.message));
  } finally {
    await manager.close();
    await small.stop();
  }
});

test('progress is told every so many megabytes: as the configuration says, or whoever set another number', async () => {
  const told: number[] = [];
  const { manager } = make('sdk.storage.log { report_upload_chunk_size_mb: 1, report_download_chunk_size_mb: 2 }', { report: (event) => { if (event.kind === 'advance') told.push(Math.floor(event.bytes / 1e6)); } });
  const played = async (play: () => Promise<unknown>): Promise<readonly [count: number, least: number]> => {
    told.length = 0;
    await play();
    return [told.length, Math.min(...told)];
  };
  const file = write('progress.bin', Buffer.alloc(6_500_000));
  const url = `${server.url}/progress.bin`;
  const options = { localFolder: join(home, 'progress'), overwrite: true };

  assert.deepEqual(await played(() => manager.uploadFile(file, url)), [6, 1]);
  assert.deepEqual(await played(() => manager.downloadFile(url, options)), [3, 2]);
  manager.setReportUploadChunkSize(3);
  manager.setReportDownloadChunkSize(6);
  assert.deepEqual(await played(() => manager.uploadFile(file, url)), [2, 3]);
  assert.deepEqual(await played(() => manager.downloadFile(url, options)), [1, 6]);
  await manager.close();
});

test('the guide names every method', async () => {
  const { manager } = make();
  const guide = readFileSync(join(projectFolder, 'docs/guide/clearml.md'), 'utf8');

  assert.deepEqual(Object.keys(manager).filter((name) => !guide.includes(`\`${name}\``) && !guide.includes(`manager.${name}(`)), []);
  await manager.close();
});

test('files here are given where they lie; folders are copied when a download is asked for', async () => {
  const { manager, cache } = make();
  const file = write('data/d/f1.txt', 'one');
  write('data/d/.hidden', 'two');
  write('data/d/empty', '');

  assert.equal(await manager.getLocalCopy(file), file);
  assert.equal(await manager.getLocalCopy(`file://${file}`), file);
  assert.equal(await manager.getLocalCopy('data/d/f1.txt'), file);
  assert.equal(existsSync(join(cache, 'storage_manager')), false);
  const out = join(home, 'out');
  assert.equal(await manager.downloadFolder(`file://${join(home, 'data/d')}`, { localFolder: out }), out);
  assert.deepEqual(readdirSync(join(out, home, 'data/d')).sort(), ['.hidden', 'empty', 'f1.txt']);
  assert.equal(await manager.downloadFile(`file://${file}`, { localFolder: out }), join(out, file));
  assert.deepEqual((await manager.list(`file://${join(home, 'data')}`))?.toSorted(), ['d/.hidden', 'd/empty', 'd/f1.txt']);
  assert.deepEqual((await manager.list(join(home, 'data/'), { returnFullPath: true }))?.toSorted()[2], join(home, 'data/d/f1.txt'));
  assert.equal(await manager.getLocalCopy(join(home, 'gone')), null);
  await manager.close();
});

test('a folder is stored with what matches: hidden files too, links to folders not', async () => {
  const { manager } = make();
  write('tree/a.json', '1');
  write('tree/sub/b.json', '2');
  write('tree/sub/c.txt', '3');
  symlinkSync(join(home, 'tree/sub'), join(home, 'tree/link'));

  assert.equal(await manager.uploadFolder('tree', `${server.url}/tree/`, { matchWildcard: '*.json' }), `${server.url}/tree/`);
  assert.deepEqual(readdirSync(join(server.folder, 'tree'), { recursive: true }).map(String).toSorted(), ['a.json', 'sub', 'sub/b.json']);
  const target = join(home, 'stored');
  assert.equal(await manager.uploadFolder('tree', target, { matchWildcard: 'sub/*' }), target);
  assert.deepEqual(readdirSync(target, { recursive: true }).map(String).toSorted(), ['sub', 'sub/b.json', 'sub/c.txt']);
  assert.equal(statSync(join(target, 'sub/c.txt')).mode & 0o777, 0o664);
  assert.equal(await manager.uploadFolder('gone', target), null);
  await manager.close();
});

const archive = (name: string): Buffer => {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('00000000001\0', 124);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return gzipSync(Buffer.concat([header, Buffer.concat([Buffer.from('x')], 512), Buffer.alloc(1024)]));
};

test('an archive becomes a folder, a hostile one null and nothing, and force extracts anew', async () => {
  const { manager, cache, warnings } = make();
  const url = `${server.url}/m.tar.gz`;
  const folder = join(cache, 'storage_manager/global', `${md5(url)}.m_artifacts_archive_None`);
  await manager.uploadFile(write('m.tar.gz', archive('one')), url);

  assert.equal(await manager.getLocalCopy(url), folder);
  assert.deepEqual(readdirSync(folder), ['one']);
  assert.equal(await manager.getLocalCopy(url, { extractArchive: false }), join(cache, 'storage_manager/global', `${md5(url)}.m.tar.gz`));
  assert.equal(await manager.getLocalCopy(url, { name: 'a b' }), folder.replace(/None$/, 'a b'));
  await manager.uploadFile(write('m.tar.gz', archive('two')), url);
  assert.deepEqual(readdirSync((await manager.getLocalCopy(url, { forceDownload: true })) ?? ''), ['two']);

  await manager.uploadFile(write('h.tgz', archive('../evil')), `${server.url}/h.tgz`);
  const names = readdirSync(join(cache, 'storage_manager/global')).length;
  assert.equal(await manager.getLocalCopy(`${server.url}/h.tgz`), null);
  assert.equal(readdirSync(join(cache, 'storage_manager/global')).length, names + 1, 'the archive itself stays');
  assert.match(warnings.at(-1) ?? '', /leads out of its folder/);
  await manager.close();
});

test('the limit is what was asked for, and the oldest entries go', async () => {
  const { manager, cache } = make();
  assert.equal(manager.setCacheFileLimit(2), 2);
  for (const name of ['l1', 'l2', 'l3', 'l4', 'l5']) await manager.getLocalCopy(await manager.uploadFile(write(name, name), `${server.url}/${name}`));

  assert.equal(readdirSync(join(cache, 'storage_manager/global')).length, 3);
  await manager.close();
});

test('many asking at once, in one process and in several managers, make one request a file', async () => {
  const { manager, cache } = make();
  const urls = await Promise.all(Array.from({ length: 10 }, async (_, index) => await manager.uploadFile(write(`p${index}`, `${index}`), `${server.url}/once/p${index}`)));
  const others = Array.from({ length: 3 }, () => make('', { cache }).manager);
  const since = server.arrived.length;

  const copies = await Promise.all([manager, manager, ...others].flatMap((one) => urls.map((url) => one.getLocalCopy(url))));

  assert.ok(copies.every((copy, index) => readFileSync(copy ?? '', 'utf8') === String(index % 10)));
  assert.equal(server.arrived.slice(since).filter(({ url }) => url.startsWith('/once/')).length, 10);
  assert.deepEqual(readdirSync(join(cache, 'storage_manager/global')).filter((name) => name.startsWith('.')), []);
  for (const one of [manager, ...others]) await one.close();
  assert.deepEqual(readdirSync(join(cache, 'towline')).filter((name) => name.endsWith('.session')), []);
});

test('prefixes are substituted for everything, and the cache is keyed by the URL as it was given', async () => {
  const { manager } = make();
  manager.addPathSubstitution({ registeredPrefix: 's3://old/', localPrefix: `${home}/new/` });
  write('new/x.txt', 'x');

  assert.equal(await manager.getLocalCopy('s3://old/x.txt'), join(home, 'new/x.txt'));
  assert.equal(await manager.uploadFile(write('y', 'y'), 's3://old/d/y'), `${home}/new/d/y`);
  assert.equal(await manager.deleteFile('s3://old/d/y'), true);
  manager.clearPathSubstitutions();
  await assert.rejects(manager.getLocalCopy('s3://old/x.txt'), { code: 'UNAUTHENTICATED' });
  await manager.close();
});

test('in the space mode files lie by their URLs, and here only what direct_access names is given in place', async () => {
  const { manager, cache } = make('sdk.storage { cache.disk_space_file_size_strategy.enabled: true, direct_access: [{url: "file://*"}, {content_type: "text/*"}] }');
  const url = await manager.uploadFile(write('s.bin', 's'), `${server.url}/s.bin`);

  assert.equal(await manager.getLocalCopy(url), join(cache, 'storage/https', server.url.slice(7).replace(':', '.'), 's.bin'));
  assert.equal(await manager.getLocalCopy(join(home, 's.bin')), join(cache, 'storage', home, 's.bin'));
  assert.equal(await manager.getLocalCopy(`file://${join(home, 's.bin')}`), join(home, 's.bin'));
  assert.equal(await manager.getLocalCopy(write('s.txt', 't')), join(home, 's.txt'));
  await manager.close();
});

test('streams are stored, rights are checked, and other storages of the house work alike', async () => {
  const { manager } = make();
  const url = await manager.uploadFromStream(fromBytes(Buffer.from('stream')), `${server.url}/st`);

  assert.equal(await manager.getFileSizeBytes(url), 6);
  assert.equal(await manager.checkWritePermissions(url), true);
  assert.equal(await manager.checkWritePermissions(home), true);
  assert.equal(await manager.uploadFile(write('o', 'o'), 'memory://box/o'), 'memory://box/o');
  assert.deepEqual(await manager.list('memory://box/'), ['o']);
  assert.equal(manager.getFilesServer(), server.url);
  await assert.rejects(manager.uploadFile('gone', url), { code: 'NOT_FOUND' });
  await manager.close();
});

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { startMinio } from '../servers/minio.ts';
import { callS3, makeBucket } from '../servers/s3-bucket.ts';
import type { S3Server } from '../servers/server.ts';
import { tow } from '../servers/tow.ts';
import { append, edit, erase, files, folder, mode, write } from './changes.ts';
import { twinTests } from './twins.ts';

const AWAY = { '../away/one': 'one\n', '../away/data/a': '1\n', '../away/data/sub/b': '2\n', '../away/data/sub/\u00e9': '2\n' };

describe('import-url beside DVC', { skip: whyMissing('dvc') ?? false }, () => {
  const { both } = twinTests();

  both('files and folders of this machine', async (twins) => {
    twins.change(files(AWAY), mode('../away/one', 0o755), folder('sub'), folder('../away/empty'));
    await twins.run(['import-url', '../away/one']);
    await twins.run(['import-url', '../away/data', 'renamed']);
    await twins.run(['import-url', '../../away/one'], { below: 'sub' });
    await twins.run(['import-url', '../../away/data'], { below: 'sub' });
    await twins.run(['import-url', '../away/empty']);
    await twins.run(['import-url', '--no-download', '../away/one', 'later']);
    await twins.run(['import-url', '--no-download', '../away/data', 'laterd']);
    await twins.run(['import-url', '--no-exec', '../away/nothing', 'never']);
    await twins.run(['import-url', 'one', 'again']);
    await twins.agree();
    await twins.run(['status']);
  });

  both('what is in the way stays, what people wrote stays, too', async (twins) => {
    twins.change(files(AWAY), write('one', 'mine\n'));
    await twins.refuse(['import-url', '../away/one']);
    await twins.refuse(['import-url', '../away/one', 'new', '-r', 'x']);
    await twins.refuse(['import-url', '../away/one', 'new', '--to-remote', '--no-exec']);
    await twins.refuse(['import-url', 'one', 'x.dvc']);
    await twins.run(['import-url', '-f', '../away/one']);
    await twins.agree();
    twins.change(edit('one.dvc', (text) => `# mine\n${text}desc: why\n`), erase('one'));
    await twins.run(['import-url', '../away/data/a', 'one']);
    await twins.agree();
  });

  both('data that goes right to the remote', async (twins) => {
    twins.change(files(AWAY), append('.dvc/config', "[core]\n    remote = r\n['remote \"r\"']\n    url = ../../store\n"));
    await twins.run(['import-url', '--to-remote', '../away/data']);
    await twins.run(['import-url', '--to-remote', '../away/one', 'named', '-r', 'r']);
    await twins.agree();
    await twins.run(['pull']);
    await twins.agree();
  });
});

describe('import-url from services beside DVC', { skip: whyMissing('dvc') ?? whyMissing('minio') ?? false }, () => {
  const { both } = twinTests();
  let server: S3Server | undefined;
  before(async () => {
    server = await startMinio();
    await makeBucket(server, 'plain');
    await makeBucket(server, 'versioned', { isVersioned: true });
    for (const bucket of ['plain', 'versioned']) for (const [key, text] of [['in/a', '1\n'], ['in/sub/b', 'two\n']] as const) await callS3(server, { method: 'PUT', path: `/${bucket}/${key}`, body: text });
  });
  after(async () => server?.stop());

  both('objects of a bucket, as they are and by their versions', async (twins) => {
    assert.ok(server);
    const { url, accessKeyId, secretAccessKey } = server;
    const remote = (name: string, at: string): string => `['remote "${name}"']\n    url = ${at}\n    endpointurl = ${url}\n    access_key_id = ${accessKeyId}\n    secret_access_key = ${secretAccessKey}\n`;
    twins.change(append('.dvc/config', remote('plain', 's3://plain') + remote('versioned', 's3://versioned')));
    await twins.run(['import-url', 'remote://plain/in/a', 'file']);
    await twins.run(['import-url', 'remote://plain/in', 'folder']);
    await twins.run(['import-url', 'remote://plain/in', 'later', '--no-download']);
    await twins.run(['import-url', 'remote://versioned/in/a', 'vfile', '--version-aware']);
    await twins.run(['import-url', 'remote://versioned/in', 'vfolder', '--version-aware']);
    await twins.run(['import-url', 's3://plain/in/a', 'configured', '--fs-config', `endpointurl=${url}`, `access_key_id=${accessKeyId}`, `secret_access_key=${secretAccessKey}`]);
    // DVC also keeps the listing of etags among the objects of the cache, where nothing ever asks for it.
    for (const name of ['file', 'folder', 'later', 'vfile', 'vfolder', 'configured']) assert.equal(twins.tow.read(`${name}.dvc`), twins.dvc.read(`${name}.dvc`));
    assert.equal(twins.tow.read('folder/sub/b'), 'two\n');
    await twins.run(['status']);
    twins.change(append('.dvc/config', '[core]\n    remote = plain\n'));
    await twins.say(['push']);
    twins.change(erase('folder'), erase('vfolder'), erase('.dvc/cache/files/md5/c1'));
    await callS3(server, { method: 'PUT', path: '/versioned/in/sub/b', body: 'newer\n' });
    // Of what was not downloaded, and of versions, DVC counts differently.
    const [ours, theirs] = (await twins.say(['pull'])).map((lines) => lines.filter((line) => line.startsWith('A')));
    assert.deepEqual(ours, theirs);
    assert.equal(twins.tow.read('later/sub/b'), 'two\n');
    assert.equal(twins.tow.read('vfolder/sub/b'), 'two\n');
    assert.equal((await tow(twins.tow.sandbox, ['pull'], { cwd: twins.tow.root })).stdout, 'Everything is up to date.\n');
  });
});

describe('import-url from a web server beside DVC', { skip: whyMissing('dvc') ?? false }, () => {
  const { both } = twinTests();
  let text = 'first\n';
  const server = createServer((request, response) => {
    const body = Buffer.from(text);
    response.writeHead(200, { etag: `"${body.toString('hex')}"`, 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  before(async () => { await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); }); });
  after(() => { server.close(); });

  both('a file, and what comes of it', async (twins) => {
    const { port } = server.address() as AddressInfo;
    await twins.run(['import-url', `http://127.0.0.1:${port}/page.txt?shown=x`]);
    await twins.run(['import-url', `http://127.0.0.1:${port}/page.txt`, 'later', '--no-download']);
    await twins.agree();
    text = 'second\n';
    await twins.run(['import-url', '-f', `http://127.0.0.1:${port}/page.txt`, 'page.txt']);
    await twins.agree();
  });
});

describe('what comes of imports from URLs beside DVC', { skip: whyMissing('dvc') ?? false }, () => {
  const { both } = twinTests();

  both('update, status, and data that changes there and here', async (twins) => {
    twins.change(files(AWAY), folder('../away/empty'));
    await twins.run(['import-url', '../away/one']);
    await twins.run(['import-url', '../away/data']);
    await twins.run(['import-url', '../away/data', 'later', '--no-download']);
    await twins.run(['update', 'one.dvc']);
    twins.change(write('../away/one', 'other\n'), write('../away/data/new', 'new\n'), erase('../away/data/a'));
    await twins.run(['unfreeze', 'one.dvc']);
    await twins.run(['status', 'one.dvc']);
    await twins.run(['update', 'one.dvc']);
    await twins.run(['update', 'data.dvc']);
    await twins.agree();
    await twins.run(['update', 'later.dvc']);
    await twins.agree();
    twins.change(erase('one'));
    await twins.run(['update', 'one.dvc']);
    await twins.agree();
    twins.change(write('../away/one', 'third\n'));
    await twins.refuse(['update', '--no-download', '--to-remote', 'one.dvc']);
    twins.change(erase('../away/one'));
    await twins.run(['status', 'one.dvc']);
    twins.change(write('../away/one', 'fourth\n'));
    await twins.run(['update', '--no-download', 'one.dvc']);
    // DVC hashes the stage before it takes the output's hash out of it, and then calls it changed itself.
    const withoutMd5 = (text: string): string => text.replace(/^md5: .*\n/, '');
    assert.equal(withoutMd5(twins.tow.read('one.dvc')), withoutMd5(twins.dvc.read('one.dvc')));
  });

  both('get-url and list-url', async (twins) => {
    twins.change(files(AWAY), folder('../away/empty'), write('mine', 'mine\n'));
    await twins.run(['get-url', '../away/one']);
    await twins.run(['get-url', '../away/data', 'copy']);
    await twins.run(['get-url', '../away/one', 'copy']);
    await twins.refuse(['get-url', '../away/one', 'mine']);
    await twins.refuse(['get-url', '../away/none']);
    await twins.run(['get-url', '-f', '../away/one', 'mine']);
    await twins.agree();
    for (const args of [['../away/data'], ['../away', '-R'], ['../away', '-R', '--size'], ['../away', '-R', '-L', '2']]) {
      const [ours, theirs] = await twins.say(['list-url', ...args]);
      assert.deepEqual(ours, theirs, args.join(' '));
    }
  });
});

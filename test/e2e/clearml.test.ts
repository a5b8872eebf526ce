import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { whyMissing } from '../judges.ts';
import { builtProgram } from '../project.ts';
import { startMinio } from '../servers/minio.ts';
import { listKeys, makeBucket } from '../servers/s3-bucket.ts';
import { createSandbox, type Ended, type RunOptions, type Sandbox } from '../servers/sandbox.ts';
import type { S3Server } from '../servers/server.ts';
import { tow } from '../servers/tow.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** One user with a clearml.conf. */
class User {
  readonly sandbox: Sandbox;
  constructor(name: string, conf?: string) {
    this.sandbox = createSandbox(name);
    if (conf !== undefined) this.write('../home/clearml.conf', conf);
  }
  write(path: string, content: string | Uint8Array): string {
    const file = join(this.sandbox.folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
    return file;
  }
  clearml(words: string, options?: RunOptions): Promise<Ended> {
    return tow(this.sandbox, ['clearml', ...words.split(' ')], options);
  }
  /** The lines of a command that must succeed. */
  async lines(words: string, options?: RunOptions): Promise<readonly string[]> {
    const ended = await this.clearml(words, options);
    assert.deepEqual([ended.status, ended.stderr], [0, ''], words);
    return ended.stdout.split('\n').slice(0, -1);
  }
  async json(words: string): Promise<unknown> {
    const ended = await this.clearml(`${words} --json`);
    return JSON.parse(ended.stdout) as unknown;
  }
}

/** One clear line, what to do next, and no stack. */
function assertClear(ended: Ended, status: number, says: RegExp): void {
  assert.equal(ended.status, status, ended.stdout + ended.stderr);
  assert.match(ended.stderr, says);
  assert.doesNotMatch(ended.stderr, /\n\s+at |unexpected error/);
  assert.ok(ended.stderr.trimEnd().split('\n').length <= 2, ended.stderr);
}

describe('tow clearml with folders', () => {
  const user = new User('clearml-local', 'sdk { storage.cache { default_base_dir: ~/cache, default_cache_manager_size: 3 } }\napi.credentials { access_key: AK, secret_key: not-to-be-seen }\n');
  const { sandbox } = user;
  const cache = join(sandbox.home, 'cache');
  after(() => sandbox.remove());
  const root = join(sandbox.folder, 'project');
  before(async () => {
    mkdirSync(root);
    await sandbox.git(['init', '--quiet', root]);
    for (const args of [['init', '-q'], ['remote', 'add', 'models', '../models']]) assert.equal((await tow(sandbox, args, { cwd: root })).status, 0);
    user.write('data/a.json', '{}');
    user.write('data/sub/b.json', '{"b":1}');
    user.write('data/sub/c.txt', 'c');
  });

  it('uploads, lists, looks, prints, downloads and deletes', async () => {
    const store = `file://${sandbox.folder}/store`;

    assert.deepEqual(await user.lines(`upload data/a.json ${store}/x/a.json`), [`${store}/x/a.json`]);
    assert.deepEqual(await user.lines(`upload data ${store}/all -R --match *.json`), [`${store}/all`]);
    assert.deepEqual((await user.lines(`ls ${store}/all`)).toSorted(), ['a.json', 'sub/b.json']);
    assert.deepEqual((await user.lines(`ls ${store}/all --full-path`)).toSorted(), [`${store}/all/a.json`, `${store}/all/sub/b.json`]);
    assert.deepEqual(await user.json(`ls ${store}/x`), [{ name: 'a.json', size: 2, url: `${store}/x/a.json` }]);
    assert.deepEqual(await user.lines(`size ${store}/all/sub/b.json`), ['7']);
    assert.deepEqual(await user.lines(`exists ${store}/x/a.json`), ['true']);
    assert.deepEqual(await user.clearml(`cat ${store}/all/sub/b.json`), { status: 0, signal: null, stdout: '{"b":1}', stderr: '' });
    assert.deepEqual(await user.lines(`rm ${store}/x/a.json`), [`Deleted ${store}/x/a.json`]);
    const absent = await user.clearml(`exists ${store}/x/a.json`);
    assert.deepEqual([absent.status, absent.stdout], [1, 'false\n']);
    assert.deepEqual(await user.lines(`download ${store}/all got -R --match *b.json`), [join(sandbox.folder, 'got')]);
    assert.ok(readdirSync(join(sandbox.folder, 'got'), { recursive: true }).some((name) => String(name).endsWith('sub/b.json')));
  });

  it('prints nothing but errors with -q, and data with --json', async () => {
    const url = `file://${sandbox.folder}/quiet/a.json`;

    assert.deepEqual(await user.clearml(`upload data/a.json ${url} -q`), { status: 0, signal: null, stdout: '', stderr: '' });
    assert.deepEqual(await user.json(`upload data/a.json ${url}`), { url, uploaded: 1, failed: [] });
    assert.deepEqual(await user.json(`exists ${url}`), { url, exists: true });
    assert.deepEqual(await user.json(`size ${url}x`), { error: { code: 'NOT_FOUND', message: `there is no file '${sandbox.folder}/quiet/a.jsonx'`, context: { path: `${sandbox.folder}/quiet/a.jsonx` } } });
  });

  it('takes remotes of the repository by their names', async () => {
    user.write('project/model.bin', 'model');

    assert.deepEqual(await user.lines('upload model.bin remote://models/v1/', { cwd: root }), ['remote://models/v1/model.bin']);
    assert.equal(readFileSync(join(sandbox.folder, 'models/v1/model.bin'), 'utf8'), 'model');
    assert.deepEqual(await user.lines('ls remote://models', { cwd: root }), ['v1/model.bin']);
    assert.deepEqual(await user.lines('cache get remote://models/v1/model.bin', { cwd: root }), [join(cache, `storage_manager/global/${md5('remote://models/v1/model.bin')}.model.bin`)]);
    assertClear(await user.clearml('ls remote://model', { cwd: root }), 251, /remote 'model' doesn't exist/);
  });

  it('keeps the cache to its limit, lists and cleans it', async () => {
    await user.lines('cache clean --all');
    for (const name of ['1', '2', '3', '4', '5']) {
      user.write(`project/${name}`, name);
      await user.lines(`upload ${name} remote://models/${name}`, { cwd: root });
      await user.lines(`cache get remote://models/${name} --context c`, { cwd: root });
    }

    assert.deepEqual(await user.lines('cache dir'), [cache]);
    assert.deepEqual(await user.lines('cache limit'), [`3 entries in each context (${sandbox.home}/clearml.conf:1)`]);
    const listed = await user.json('cache list --context c') as readonly { readonly bytes: number; readonly path: string }[];
    assert.ok(listed.length === 3 || listed.length === 4, `${listed.length} entries: the limit, and what was added since`);
    assert.ok(listed.every(({ bytes, path }) => bytes === 1 && existsSync(path)));
    assert.match((await user.lines('cache list')).at(-1) ?? '', /^[34] entries, [34] B$/);
    assert.match((await user.lines('cache limit 1 --context c'))[0] ?? '', /^[23] entries removed/);
    assert.equal((await user.json('cache list') as readonly unknown[]).length, 1);
    assert.deepEqual(await user.lines('cache clean --all'), ['1 entries removed, 1 B']);
    assert.deepEqual(await user.lines('cache list'), ['0 entries, 0 B']);
  });

  it('extracts an archive, or does not', async () => {
    await sandbox.run('tar', ['-czf', 'data.tar.gz', '-C', '..', 'data'], { cwd: root });
    await user.lines('upload data.tar.gz remote://models/', { cwd: root });

    const [folder = ''] = await user.lines('cache get remote://models/data.tar.gz --name mine', { cwd: root });
    const [file = ''] = await user.lines('cache get remote://models/data.tar.gz --no-extract', { cwd: root });

    assert.equal(folder, join(cache, `storage_manager/global/${md5('remote://models/data.tar.gz')}.data_artifacts_archive_mine`));
    assert.equal(readFileSync(join(folder, 'data/sub/c.txt'), 'utf8'), 'c');
    assert.equal(file, join(cache, `storage_manager/global/${md5('remote://models/data.tar.gz')}.data.tar.gz`));
    assert.ok(statSync(file).isFile());
  });

  it('refuses a hostile archive and leaves nothing of it', async () => {
    user.write('project/evil.tgz', gzipSync(tarOf('../../evil.txt', 'evil')));
    await user.lines('upload evil.tgz remote://models/', { cwd: root });

    assertClear(await user.clearml('cache get remote://models/evil.tgz', { cwd: root }), 255, /^ERROR: the archive is not extracted: "\.\.\/\.\.\/evil\.txt" leads out of its folder/);
    assert.deepEqual(readdirSync(sandbox.home, { recursive: true }).filter((name) => /evil\.txt|evil_artifacts/.test(String(name))), []);
  });

  it('shows the configuration with its origins, secrets only when asked', async () => {
    const shown = await user.lines('config show');
    const asked = await user.lines('config show --show-secrets', { env: { CLEARML_FILES_HOST: 'https://me:hidden@files' } });

    assert.ok(shown.includes(`api.credentials.secret_key = "***"  (${sandbox.home}/clearml.conf:2)`), shown.join('\n'));
    assert.ok(shown.includes(`sdk.storage.cache.default_cache_manager_size = "3"  (${sandbox.home}/clearml.conf:1)`));
    assert.ok(shown.includes('sdk.network.file_upload_retries = "3"  (ClearML\'s default)'));
    assert.ok(asked.some((line) => line.includes('"not-to-be-seen"')));
    assert.ok(asked.includes('api.files_server = "https://me:hidden@files"  (the environment variable CLEARML_FILES_HOST)'));
    assert.doesNotMatch(shown.join('\n'), /not-to-be-seen/);
    assert.doesNotMatch((await user.lines('config show', { env: { CLEARML_FILES_HOST: 'https://me:hidden@files' } })).join('\n'), /hidden/);
  });

  it('lends a Google key that stands in the configuration to a remote, by a file that only the user reads', async () => {
    const key = '{"type": "service_account", "private_key": "not-to-be-seen"}';
    const file = user.write('google.conf', `sdk.storage.cache.default_base_dir: ~/cache\nsdk.google.storage.credentials: [{ bucket: box, credentials_json: ${JSON.stringify(key)} }]\n`);

    const added = await tow(sandbox, ['remote', 'add', 'google', 'gs://box/dvc', '--from-clearml'], { cwd: root, env: { CLEARML_CONFIG_FILE: file } });

    assert.deepEqual([added.status, added.stderr], [0, '']);
    const [, kept = ''] = /credentialpath = (.*)/.exec(readFileSync(join(root, '.dvc/config.local'), 'utf8')) ?? [];
    const path = resolve(root, '.dvc', kept);
    assert.deepEqual([readFileSync(path, 'utf8'), statSync(path).mode & 0o77], [key, 0]);
    assert.doesNotMatch(readFileSync(join(root, '.dvc/config'), 'utf8') + added.stdout, /not-to-be-seen|credentialpath = /);
  });

  for (const { typed, status, says } of [
    { typed: 'uplod a b', status: 254, says: /'clearml uplod' is not a command of tow\nDid you mean 'upload'\?/ },
    { typed: 'cache lst', status: 254, says: /'clearml cache lst' is not a command of tow\nDid you mean 'list'\?/ },
    { typed: 'upload nothere file:///tmp/x', status: 255, says: /there is no file 'nothere'/ },
    { typed: 'upload data store/x', status: 255, says: /'data' is a folder\nUse uploadFolder, or --recursive/ },
    { typed: 'upload data store/x --match *.json', status: 254, says: /--match: needs --recursive/ },
    { typed: 'upload data store/x -R --match *.nothing', status: 255, says: /nothing was moved/ },
    { typed: 'download file:///nowhere/x got2', status: 255, says: /there is no file '\/nowhere\/x'/ },
    { typed: 'cat nothere', status: 255, says: /nothere/ },
    { typed: 'cat nothere --json', status: 254, says: /argument --json/ },
    { typed: 'rm nothere', status: 255, says: /there is no 'nothere'/ },
    { typed: 'ls nothere', status: 255, says: /there is no folder/ },
    { typed: 'cache get nothere', status: 255, says: /there is no file/ },
    { typed: 'cache limit many', status: 254, says: /invalid number of entries: 'many'/ },
    { typed: 'ls s3://bucket/x', status: 251, says: /Missing key and secret for S3 storage access \(s3:\/\/bucket\)\nSet sdk\.aws\.s3\.key/ },
    { typed: 'ls azure://acct.blob.core.windows.net/box/x', status: 251, says: /Can't find azure configuration/ },
    { typed: 'ls https://example.invalid/x', status: 255, says: /cannot be listed/ },
    { typed: 'ls nope://x/y', status: 255, says: /^ERROR: nope:\/\/ is not supported by this version/ },
  ]) {
    it(`'tow clearml ${typed}' ends with ${status} and says what to do`, async () => {
      assertClear(await user.clearml(typed), status, says);
    });
  }
});

describe('tow clearml without, or with a damaged configuration', () => {
  const user = new User('clearml-damaged');
  after(() => user.sandbox.remove());

  it('works without a clearml.conf, by the defaults', async () => {
    user.write('a', 'a');

    assert.deepEqual(await user.lines('upload a store/a'), ['store/a']);
    assert.deepEqual(await user.lines('cache dir'), [join(user.sandbox.home, '.clearml/cache')]);
    assert.match((await user.clearml('config show')).stderr, /^WARNING: there is no clearml\.conf/);
  });

  it('names file, line and column of what is wrong', async () => {
    user.write('bad.conf', 'api {\n  web_server: "x\n}\n');
    user.write('type.conf', 'sdk.storage.cache {\n  default_cache_manager_size: many\n}\n');
    user.write('reference.conf', 'a: 1\nsdk.aws.s3.key: ${NOT_SET}\n');
    const file = (name: string): RunOptions => ({ env: { CLEARML_CONFIG_FILE: join(user.sandbox.folder, name) } });

    assertClear(await user.clearml('config show', file('bad.conf')), 251, /^ERROR: .*bad\.conf:2:15: /);
    assertClear(await user.clearml('cache limit', file('type.conf')), 251, /^ERROR: .*type\.conf:2: sdk\.storage\.cache\.default_cache_manager_size must be a number/);
    assertClear(await user.clearml('ls s3://x/y', file('reference.conf')), 251, /^ERROR: .*reference\.conf:2:17: .*NOT_SET/);
  });

  it('is read by its own commands only', async () => {
    const folder = join(builtProgram, '../chunks');
    const chunks = readdirSync(folder).filter((name) => /function loadClearmlConfig\b/.test(readFileSync(join(folder, name), 'utf8')));
    const read = async (words: readonly string[]): Promise<readonly string[]> => {
      const coverage = join(user.sandbox.folder, `coverage-${words.length}-${words[0] ?? ''}`);
      await tow(user.sandbox, words, { env: { NODE_V8_COVERAGE: coverage, NODE_DISABLE_COMPILE_CACHE: '1' } });
      const text = readdirSync(coverage).map((name) => readFileSync(join(coverage, name), 'utf8')).join('');
      return chunks.filter((name) => text.includes(`/chunks/${name}"`));
    };

    assert.notDeepEqual(await read(['clearml', 'cache', 'dir']), [], 'it can be told');
    for (const words of [['--help'], ['root'], ['remote', 'list'], ['remote', 'add', 'x', 'y'], ['status']]) assert.deepEqual(await read(words), [], words.join(' '));
  });
});

describe('tow clearml with MinIO', { skip: whyMissing('minio') ?? false }, () => {
  let server: S3Server;
  let user: User;
  let host = '';
  before(async () => {
    server = await startMinio();
    await makeBucket(server, 'models');
    host = new URL(server.url).host;
    user = new User('clearml-minio', [
      'sdk {', '  storage.cache.default_base_dir: ~/cache', '  aws.s3.credentials: [', `    { host: "${host}", key: ${server.accessKeyId}, secret: ${server.secretAccessKey}, secure: false, multipart: false }`, '  ]', '}', '',
    ].join('\n'));
    user.write('data/a.bin', 'hello');
    user.write('data/sub/b.bin', 'world');
  });
  after(async () => {
    user.sandbox.remove();
    await server.stop();
  });

  it('uploads, lists, downloads, caches, looks and deletes', async () => {
    const base = `s3://${host}/models`;

    assert.deepEqual(await user.lines(`upload data/a.bin ${base}/`), [`${base}/a.bin`]);
    assert.deepEqual(await user.json(`upload data ${base}/all -R`), { url: `${base}/all`, uploaded: 2, failed: [] });
    assert.deepEqual(await listKeys(server, 'models'), ['a.bin', 'all/a.bin', 'all/sub/b.bin']);
    assert.deepEqual(await user.lines(`ls ${base}/all/`), ['all/a.bin', 'all/sub/b.bin']);
    assert.deepEqual(await user.lines(`size ${base}/a.bin`), ['5']);
    assert.equal((await user.clearml(`cat ${base}/all/sub/b.bin`)).stdout, 'world');
    assert.deepEqual(await user.lines(`download ${base}/all/a.bin got`), [join(user.sandbox.folder, 'got/all/a.bin')]);
    assert.deepEqual(await user.json(`download ${base}/all got -R --overwrite`), { path: join(user.sandbox.folder, 'got'), downloaded: 2, failed: [] });
    assert.equal(readFileSync(join(user.sandbox.folder, 'got/all/sub/b.bin'), 'utf8'), 'world');
    const copy = join(user.sandbox.home, `cache/storage_manager/global/${md5(`${base}/a.bin`)}.a.bin`);
    assert.deepEqual(await user.lines(`cache get ${base}/a.bin`), [copy]);
    assert.equal(readFileSync(copy, 'utf8'), 'hello');
    assert.deepEqual(await user.lines(`rm ${base}/a.bin`), [`Deleted ${base}/a.bin`]);
    assert.equal((await user.clearml(`exists ${base}/a.bin`)).status, 1);
    assert.deepEqual(await user.lines(`cache get ${base}/a.bin`), [copy], 'a hit asks nobody');
    assertClear(await user.clearml(`cache get ${base}/a.bin --force`), 255, /a\.bin/);
    assertClear(await user.clearml(`download ${base}/gone.bin got`), 255, /gone\.bin/);
    assertClear(await user.clearml(`ls s3://${host}/nobody-made-this/`), 251, /nobody-made-this/);
  });

  it('says which entry a URL uses, and why', async () => {
    const lines = await user.lines(`config check s3://${host}/models/x`);

    assert.ok(lines.some((line) => line.includes(`the entry of sdk.aws.s3.credentials at ${user.sandbox.home}/clearml.conf:4 (host '${host}')`)), lines.join('\n'));
    assert.ok(lines.includes(`  secret_access_key = ***  (${user.sandbox.home}/clearml.conf:4)`), lines.join('\n'));
    assert.doesNotMatch(lines.join('\n'), new RegExp(server.secretAccessKey));
  });

  it('lends its credentials to a remote; secrets are not committed', async () => {
    const root = join(user.sandbox.folder, 'project');
    mkdirSync(root);
    await user.sandbox.git(['init', '--quiet', root]);
    await tow(user.sandbox, ['init', '-q'], { cwd: root });

    const added = await tow(user.sandbox, ['remote', 'add', '-d', 'models', `s3://${host}/models/dvc`, '--from-clearml'], { cwd: root });
    assert.deepEqual([added.status, added.stderr], [0, '']);
    assert.match(added.stdout, new RegExp(`^Setting 'models' as a default remote\\.\nTook .*secret_access_key.* from the entry of sdk\\.aws\\.s3\\.credentials at .*/clearml\\.conf:4`));
    const committed = readFileSync(join(root, '.dvc/config'), 'utf8');
    assert.match(committed, /url = s3:\/\/models\/dvc\n/);
    assert.match(committed, new RegExp(`endpointurl = http://${host}\n`));
    assert.equal(committed.includes(server.accessKeyId) || committed.includes(server.secretAccessKey), false, committed);
    assert.ok(readFileSync(join(root, '.dvc/config.local'), 'utf8').includes(server.secretAccessKey));
    assert.equal(statSync(join(root, '.dvc/config.local')).mode & 0o77, 0);
    assert.doesNotMatch(await user.sandbox.git(['status', '--porcelain', '--untracked-files=all'], { cwd: root }), /config\.local/);

    writeFileSync(join(root, 'data.txt'), 'data');
    for (const args of [['add', '-q', 'data.txt'], ['push', '-q']]) assert.deepEqual(await tow(user.sandbox, args, { cwd: root }), { status: 0, signal: null, stdout: '', stderr: '' });
    assert.ok((await listKeys(server, 'models')).some((key) => key.startsWith('dvc/files/md5/')));
    assert.deepEqual(await user.lines('upload data.txt remote://models/more/', { cwd: root }), ['remote://models/more/data.txt']);
    assertClear(await tow(user.sandbox, ['remote', 'add', 'other', '../folder', '--from-clearml'], { cwd: root }), 255, /clearml\.conf has no credentials for '\.\.\/folder'/);
  });
});

/** A tar of one file. */
function tarOf(name: string, text: string): Buffer {
  const head = Buffer.alloc(512);
  head.write(name, 0);
  head.write('0000644\0', 100);
  head.write('0000000\0', 108);
  head.write('0000000\0', 116);
  head.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
  head.write('00000000000\0', 136);
  head.write('        ', 148);
  head.write('0', 156);
  head.write('ustar\0', 257);
  head.write('00', 263);
  head.write(`${head.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(512);
  body.write(text);
  return Buffer.concat([head, body, Buffer.alloc(1024)]);
}

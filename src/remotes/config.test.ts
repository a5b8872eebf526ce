import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { lockedOut, whyNoStranger } from '../../test/locked-out.ts';
import { type Config, readConfig } from './config.ts';
import { environmentOverrides } from './environment.ts';

const top = mkdtempSync(join(tmpdir(), 'towline-levels-'));
after(() => { rmSync(top, { recursive: true, force: true }); });
let count = 0;

/** A repository whose config files have these texts; the keys are paths below it. */
async function configOf(files: Readonly<Record<string, string | Uint8Array>>, env: Readonly<Record<string, string>> = {}): Promise<{ readonly config: Config; readonly root: string }> {
  const root = join(top, String(count++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return { root, config: await readConfig({ root, runtime: { platform: 'linux', home: join(root, 'home'), env: { XDG_CONFIG_DIRS: join(root, 'xdg'), ...env } } }) };
}

test('a later level wins key by key, in each level our file after that of DVC', async () => {
  const { config } = await configOf({
    'xdg/dvc/config': '[core]\n    a = system\n    b = system\n',
    'home/.config/dvc/config': '[core]\n    b = global\n    c = global\n',
    'home/.config/towline/config': '[core]\n    c = user\n    d = user\n',
    '.dvc/config': '[core]\n    d = repo\n    e = repo\n',
    '.dvc/towline': '[core]\n    e = ours\n    f = ours\n',
    '.dvc/config.local': '[core]\n    f = local\n    g = local\n',
    '.dvc/towline.local': '[core]\n    g = private\n',
  });

  assert.deepEqual([...config.section('core')].map(([key, { value }]) => `${key}=${value}`), ['a=system', 'b=global', 'c=user', 'd=repo', 'e=ours', 'f=local', 'g=private']);
  assert.deepEqual([config.get('core', 'f')?.place, config.get('core', 'e')?.owner, config.get('core', 'a')?.level], ['.dvc/config.local:2', 'towline', 'system']);
});

test('the files of a home that is another\'s are passed over, those of the repository are not', { skip: whyNoStranger() ?? false }, async () => {
  const { config, root } = await configOf({ 'home/.config/dvc/config': '[core]\n    a = global\n', '.dvc/config': '[core]\n    b = repo\n' });
  assert.equal(config.get('core', 'a')?.value, 'global');
  chmodSync(top, 0o755);
  const again = async (): Promise<Config> => await readConfig({ root, runtime: { platform: 'linux', home: join(root, 'home'), env: { XDG_CONFIG_DIRS: join(root, 'xdg') } } });

  const locked = await lockedOut(join(root, 'home'), again);

  assert.deepEqual([locked.get('core', 'a')?.value, locked.get('core', 'b')?.value], [undefined, 'repo']);
  await assert.rejects(lockedOut(join(root, '.dvc'), again), { code: 'PERMISSION_DENIED' });
});

test('names are read without case, values with it, and every spelling of a remote is one', async () => {
  const { config } = await configOf({ '.dvc/config': '[CORE]\n    Remote = Main\n[Remote "MAIN"]\n    URL = s3://B\n', '.dvc/config.local': '[remote]\n[[main]]\n    region = EU\n' });

  assert.deepEqual(config.remotes, ['main']);
  assert.equal(config.get('core', 'remote')?.value, 'Main');
  assert.deepEqual([...config.section('remote "main"')].map(([key, { value, line }]) => [key, value, line]), [['url', 's3://B', 4], ['region', 'EU', 3]]);
});

test('a path is relative to the folder of its own file', async () => {
  const { config, root } = await configOf({ '.dvc/config': "['remote \"a\"']\n    url = ../../store\n    keyfile = ~/k\n[cache]\n    dir = c\n", 'home/.config/dvc/config': "['remote \"b\"']\n    url = data\n" });

  assert.equal(config.get('remote "a"', 'url')?.value, join(top, 'store'));
  assert.equal(config.get('remote "a"', 'url')?.written, '../../store');
  assert.equal(config.get('remote "a"', 'keyfile')?.value, join(root, 'home/k'));
  assert.equal(config.get('cache', 'dir')?.value, join(root, '.dvc/c'));
  assert.equal(config.get('remote "b"', 'url')?.value, join(root, 'home/.config/dvc/data'));
});

test('a Git revision has its own repo level, and its relative remote lies beside the work tree', async () => {
  const { root } = await configOf({ '.dvc/config': "['remote \"now\"']\n    url = /now\n", '.dvc/config.local': '[core]\n    remote = then\n' });
  const asked: string[] = [];

  const config = await readConfig({
    root, runtime: { platform: 'linux', home: join(root, 'home'), env: { XDG_CONFIG_DIRS: root } },
    read: (path) => {
      asked.push(path);
      return path === '.dvc/config' ? new TextEncoder().encode("['remote \"then\"']\n    url = ../store\n") : undefined;
    },
  });

  assert.deepEqual(asked, ['.dvc/config', '.dvc/towline']);
  assert.deepEqual(config.remotes, ['then']);
  assert.equal(config.get('remote "then"', 'url')?.value, join(root, 'store'));
  assert.equal(config.get('core', 'remote')?.value, 'then');
});

test('an environment variable overrides any key of a remote (#2217, #6416, #5011, dvc.org#469)', async () => {
  const { config } = await configOf({ '.dvc/config': "['remote \"my-store\"']\n    url = s3://b\n    region = a\n" }, { TOW_REMOTE_MY_STORE_SECRET_ACCESS_KEY: 'k', TOW_REMOTE_MY_STORE_REGION: 'b', TOW_REMOTE_OTHER_URL: 'x' });

  assert.deepEqual([config.get('remote "my-store"', 'region')?.value, config.get('remote "my-store"', 'secret_access_key')?.place], ['b', 'the environment variable TOW_REMOTE_MY_STORE_SECRET_ACCESS_KEY']);
  assert.deepEqual(config.remotes, ['my-store']);
});

test('where a variable could mean two remotes, the longer name is meant', () => {
  const env = { TOW_REMOTE_A_B_URL: 'x', TOW_REMOTE_A_URL: 'y' };

  assert.deepEqual(environmentOverrides('a', ['a', 'a_b'], env).map(({ key }) => key), ['url']);
  assert.deepEqual(environmentOverrides('a_b', ['a', 'a_b'], env).map(({ value }) => value), ['x']);
});

test('a file that cannot be parsed names every bad line, in the words of DVC', async () => {
  await assert.rejects(configOf({ '.dvc/config': '[core]\na = 1\na = 2\nnonsense\n' }), {
    code: 'INVALID_CONFIG',
    message: "config file error: Duplicate keyword name at line 3. (.dvc/config:3)\nInvalid line ('nonsense') (matched as neither section nor keyword) at line 4. (.dvc/config:4)",
  });
});

test('a byte order mark and bytes that are no text are refused', async () => {
  await assert.rejects(configOf({ '.dvc/config': '\ufeff[core]\n' }), /Invalid line \('\\ufeff\[core\]'\)/);
  await assert.rejects(configOf({ '.dvc/config': new Uint8Array([0xff, 0x0a]) }), { code: 'INVALID_CONFIG', message: /'\.dvc\/config' is not UTF-8 text/ });
});

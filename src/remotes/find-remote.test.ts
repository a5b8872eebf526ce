import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildConfig, type Config } from './config.ts';
import { findRemote, findUrl } from './find-remote.ts';
import { type ConfigFile, configFiles } from './levels.ts';

const runtime = { env: {}, home: '/home/ann', platform: 'linux' };

function configOf(text: string): Config {
  return buildConfig(new Map(configFiles(runtime, '/r').map((file): [ConfigFile, string | undefined] => [file, file.display === '.dvc/config' ? text : undefined])), { runtime, root: '/r' });
}
const remote = (name: string, ...lines: readonly string[]): string => `['remote "${name}"']\n${lines.map((line) => `    ${line}\n`).join('')}`;

test('a remote is found by its name in any case, or as the default', () => {
  const config = configOf(`[core]\n    remote = Main\n${remote('main', 'url = s3://b/k', 'jobs = 4', 'region = eu')}`);

  const found = findRemote(config, 'MAIN');
  assert.deepEqual([found.name, found.url, found.jobs, found.layout], ['main', 's3://b/k', 4, 'objects']);
  assert.deepEqual([...found.settings.keys()], ['jobs', 'region']);
  assert.equal(findRemote(config).name, 'main');
});

test('a remote that refers to another has its settings beneath its own, and its path behind the URL', () => {
  const config = configOf(remote('server', 'url = ssh://host/data', 'user = root', 'port = 22') + remote('images', 'url = remote://Server//pictures/a', 'user = alice') + remote('deep', 'url = remote://images/b'));

  const found = findRemote(config, 'deep');
  assert.equal(found.url, 'ssh://host/data/pictures/a/b');
  assert.deepEqual([found.settings.get('user')?.value, found.settings.get('port')?.value], ['alice', '22']);
  assert.equal(findUrl(config, 'remote://server/x').url, 'ssh://host/data/x');
  assert.equal(findUrl(config, '/plain').url, '/plain');
});

test('remotes that refer to each other in a circle are refused', () => {
  const config = configOf(remote('a', 'url = remote://b/x') + remote('b', 'url = remote://a/y'));

  assert.throws(() => findRemote(config, 'a'), { code: 'INVALID_CONFIG', message: "config file error: the remotes 'a' -> 'b' -> 'a' refer to each other in a circle (.dvc/config:2)" });
});

describe('what is missing is said in the words of DVC', () => {
  const cases: readonly (readonly [string, string, string | undefined, string])[] = [
    ['an unknown remote', remote('main', 'url = /d'), 'mian', "remote 'mian' doesn't exist"],
    ['a reference to nowhere', remote('a', 'url = remote://gone/x'), 'a', "remote 'gone' doesn't exist"],
    ['no default', remote('a', 'url = /d'), undefined, 'no remote specified in /r. Setup default remote with\n    tow remote default <remote name>\nor use:\n    tow push -r <remote name>'],
    ['no remote at all', '', undefined, 'no remote specified in /r. Create a default remote with\n    tow remote add -d <remote name> <remote url>'],
    ['a work tree without versions', remote('a', 'url = s3://b', 'worktree = true', 'version_aware = false'), 'a', 'worktree remotes require version_aware cloud (.dvc/config:4)'],
  ];
  for (const [name, text, wanted, message] of cases) {
    test(name, () => {
      assert.throws(() => findRemote(configOf(text), wanted, { command: 'push' }), { code: 'INVALID_CONFIG', message: `config file error: ${message}` });
    });
  }

  test('and a near name is proposed', () => {
    assert.throws(() => findRemote(configOf(remote('main', 'url = /d')), 'mian'), { hint: "Did you mean 'main'?" });
  });
});

test('the layout follows worktree and version_aware', () => {
  const layouts = [['version_aware = true'], ['worktree = TRUE'], ['worktree = true', 'version_aware = true'], []].map((lines) => findRemote(configOf(remote('a', 'url = s3://b', ...lines)), 'a').layout);

  assert.deepEqual(layouts, ['versioned', 'worktree', 'worktree', 'objects']);
});

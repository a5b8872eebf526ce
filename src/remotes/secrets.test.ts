import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildConfig, type Config } from './config.ts';
import { type ConfigFile, configFiles } from './levels.ts';
import { shownSetting } from './secrets.ts';
import { checkCommand, isTrusted } from './trust.ts';
import { shownUrl } from './shown-url.ts';

function configOf(texts: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Config {
  const runtime = { env: { XDG_CONFIG_HOME: '/home/ann/.config', ...env }, home: '/home/ann', platform: 'linux' };
  return buildConfig(new Map(configFiles(runtime, '/r').map((file): [ConfigFile, string | undefined] => [file, texts[file.display]])), { runtime, root: '/r' });
}
const COMMAND = "['remote \"a\"']\n    url = webdavs://h/x\n    bearer_token_command = print-token\n";
const TRUST = '[core]\n    trust = true\n';

describe('a program that a config names', () => {
  const cases: readonly (readonly [string, boolean, Config])[] = [
    ['is refused from the committed config', false, configOf({ '.dvc/config': COMMAND })],
    ['is refused although the committed config trusts itself', false, configOf({ '.dvc/config': COMMAND, '.dvc/towline': TRUST })],
    ['runs when TOW_TRUST says so', true, configOf({ '.dvc/config': COMMAND }, { TOW_TRUST: '1' })],
    ['is refused when TOW_TRUST says no, whatever the config says', false, configOf({ '.dvc/config': COMMAND, '/home/ann/.config/towline/config': TRUST }, { TOW_TRUST: '0' })],
    ['runs when the user config trusts', true, configOf({ '.dvc/config': COMMAND, '/home/ann/.config/towline/config': TRUST })],
    ['is refused when only the local config trusts, for a clone may bring that too', false, configOf({ '.dvc/config': COMMAND, '.dvc/towline.local': TRUST })],
    ['is refused from the local config', false, configOf({ '.dvc/config.local': COMMAND })],
    ['runs from the user config', true, configOf({ '/home/ann/.config/dvc/config': COMMAND })],
    ['runs from the environment', true, configOf({ '.dvc/config': COMMAND }, { TOW_REMOTE_A_BEARER_TOKEN_COMMAND: 'mine' })],
  ];
  for (const [name, runs, config] of cases) {
    test(name, () => {
      const setting = config.get('remote "a"', 'bearer_token_command');
      assert.ok(setting);
      const check = (): void => { checkCommand({ isTrusted: isTrusted(config) }, 'bearer_token_command', setting); };

      if (runs) check();
      else assert.throws(check, { code: 'INVALID_CONFIG', message: /names a program, and it comes with the repository \(\.dvc\/config(\.local)?:3\)/, hint: /TOW_TRUST=1/ });
    });
  }

  test('is not trusted by a committed level shadowing the own one', () => {
    assert.equal(isTrusted(configOf({ '/home/ann/.config/towline/config': '[core]\n    trust = false\n', '.dvc/towline': TRUST })), false);
  });

  test('stays trusted when a committed level says otherwise', () => {
    assert.equal(isTrusted(configOf({ '/home/ann/.config/towline/config': TRUST, '.dvc/towline': '[core]\n    trust = false\n' })), true);
  });
});

describe('a listing shows', () => {
  const urls: readonly (readonly [string, string])[] = [
    ['s3://bucket/key', 's3://bucket/key'], ['ssh://ann@host/x', 'ssh://ann@host/x'], ['https://ann:pa:ss@host/x', 'https://ann:***@host/x'],
    ['https://h/x?sig=abc&v=1', 'https://h/x?sig=***&v=1'], ['/plain/a:b@c', '/plain/a:b@c'], ['token', 'token'],
  ];
  for (const [url, shown] of urls) {
    test(`${url} as ${shown}`, () => {
      assert.equal(shownUrl(url), shown);
    });
  }

  test('secrets and keys nobody knows as stars', async () => {
    const config = configOf({ '.dvc/config': "['remote \"a\"']\n    url = s3://b\n" });

    assert.equal(await shownSetting(config, 'remote "a"', { key: 'secret_access_key', value: 'k' }), '***');
    assert.equal(await shownSetting(config, 'remote "a"', { key: 'secret_acess_key', value: 'k' }), '***');
    assert.equal(await shownSetting(config, 'remote "a"', { key: 'region', value: 'eu' }), 'eu');
  });
});

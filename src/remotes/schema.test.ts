import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { buildConfig, type Config } from './config.ts';
import { type ConfigFile, configFiles } from './levels.ts';
import { checkConfig, ignoredFeatures } from './schema.ts';
import { namedTables, sectionTables } from './section-tables.ts';
import { ownerOf, tableForUrl } from './tables.ts';

interface Keys { readonly sections: Readonly<Record<string, readonly string[]>>; readonly named: Readonly<Record<'machine' | 'db', readonly string[]>>; readonly remotes: Readonly<Record<string, readonly string[]>> }
const keys = JSON.parse(readFileSync(new URL('../../test/golden/dvc-3.67.1/config-keys.json', import.meta.url), 'utf8')) as Keys;
const runtime = { env: {}, home: '/home/ann', platform: 'linux' };

function configOf(texts: Readonly<Record<string, string>>): Config {
  return buildConfig(new Map(configFiles(runtime, '/r').map((file): [ConfigFile, string | undefined] => [file, texts[file.display]])), { runtime, root: '/r' });
}

describe('the options are those of DVC, and what is only ours is marked so', () => {
  for (const [scheme, names] of Object.entries(keys.remotes)) {
    test(`of remotes ${scheme === '' ? 'in a folder' : `${scheme}://`}`, async () => {
      const table = await tableForUrl(scheme === '' ? '/store' : `${scheme}://host/x`);

      assert.ok(table);
      assert.deepEqual(names.filter((name) => !Object.hasOwn(table, name)), [], 'accepted by DVC, not by us');
      assert.deepEqual(Object.entries(table).filter(([name, option]) => ownerOf(name, option) === 'dvc' && !names.includes(name)).map(([name]) => name), [], 'DVC would refuse the repository');
    });
  }
  for (const [section, names] of [...Object.entries(keys.sections), ...Object.entries(keys.named)]) {
    test(`of section ${section}`, () => {
      const table = section === 'machine' || section === 'db' ? namedTables[section] : sectionTables[section];

      assert.deepEqual(Object.entries(table ?? {}).filter(([, option]) => option.owner === 'dvc').map(([name]) => name).sort(), [...names].sort());
    });
  }
});

describe('a config is refused in the words of DVC', () => {
  const remote = (lines: string): string => `['remote "r2"']\n    ${lines}\n`;
  const cases: readonly (readonly [string, string, string])[] = [
    ['an unknown option', remote('url = s3://b\n    nosuch = 1'), "extra keys not allowed @ data['remote']['r2']['nosuch'] (.dvc/config:3)"],
    ['an unknown key', '[core]\n    nosuch = 1\n', "extra keys not allowed @ data['core']['nosuch'] (.dvc/config:2)"],
    ['an unknown section', '[nosuch]\n    a = 1\n', "extra keys not allowed @ data['nosuch'] (.dvc/config:1)"],
    ['a key outside sections', 'k = 1\n', "extra keys not allowed @ data['k'] (.dvc/config:1)"],
    ['a value for a section', 'core = 1\n', "expected a dictionary for dictionary value @ data['core'] (.dvc/config:1)"],
    ['a section in a section', '[core]\n[[deep]]\n', "extra keys not allowed @ data['core']['deep'] (.dvc/config:2)"],
    ['no number', remote('url = s3://b\n    jobs = x'), "expected int for dictionary value @ data['remote']['r2']['jobs'] (.dvc/config:3)"],
    ['a number too small', remote('url = /d\n    jobs = 0'), "value must be at least 1 for dictionary value @ data['remote']['r2']['jobs'] (.dvc/config:3)"],
    ['no boolean', remote('url = s3://b\n    use_ssl = yes'), "expected true or false for dictionary value @ data['remote']['r2']['use_ssl'] (.dvc/config:3)"],
    ['a list', remote('url = s3://b\n    region = a, b'), "expected str for dictionary value @ data['remote']['r2']['region'] (.dvc/config:3)"],
    ['an unknown scheme', remote('url = foo://h'), "Unsupported URL type foo:// for dictionary value @ data['remote']['r2'] (.dvc/config:2)"],
    ['no URL', remote('jobs = 1'), "expected 'url' for dictionary value @ data['remote']['r2'] (.dvc/config:1)"],
    ['an unknown link type', '[cache]\n    type = reflink, foo\n', "Unsupported cache type(s): foo for dictionary value @ data['cache']['type'] (.dvc/config:2)"],
    ['two sources of hydra', '[hydra]\n    config_dir = a\n    config_module = b\n', "two or more values in the same group of exclusion 'config_source' @ data['hydra'][<config_source>] (.dvc/config:2)"],
    ['what DVC cannot express', remote('url = s3://b\n    cache_regions = true'), "extra keys not allowed @ data['remote']['r2']['cache_regions'] (.dvc/config:3)"],
    ['an option of ours', remote('url = s3://b\n    retries = 3'), "extra keys not allowed @ data['remote']['r2']['retries'] (.dvc/config:3)"],
    ['a scheme of ours', remote('url = memory://x'), "Unsupported URL type memory:// for dictionary value @ data['remote']['r2'] (.dvc/config:2)"],
  ];
  for (const [name, text, message] of cases) {
    test(name, async () => {
      await assert.rejects(checkConfig(configOf({ '.dvc/config': text })), { code: 'INVALID_CONFIG', message: `config file error: ${message}` });
    });
  }

  test('all faults at once, each with its file', async () => {
    const config = configOf({ '.dvc/config': '[core]\n    analytics = on\n', '.dvc/config.local': "['remote \"r\"']\n    secret_access_key = k\n" });

    await assert.rejects(checkConfig(config), (error: Error) => error.message.split('\n').length === 2 && error.message.includes('(.dvc/config:2)') && error.message.includes('(.dvc/config.local:1)'));
  });

  test('a near name is proposed', async () => {
    await assert.rejects(checkConfig(configOf({ '.dvc/config': remote('url = s3://b\n    endpointurI = x') })), { hint: "Did you mean 'endpointurl'?" });
  });

  test('a value that may be a secret is not shown', async () => {
    await assert.rejects(checkConfig(configOf({ '.dvc/config': remote('url = s3://b\n    jobs = hunter2') })), (error: Error) => !error.message.includes('hunter2'));
  });
});

test('what only we know is accepted in our own files, and remote:// is not looked into', async () => {
  await checkConfig(configOf({
    '.dvc/config': "['remote \"a\"']\n    url = s3://b\n['remote \"c\"']\n    url = remote://a/x\n    anything = 1\n[feature]\n    strange = 1\n",
    '.dvc/towline': "['remote \"a\"']\n    retries = 3\n    cache_regions = true\n    jobs = 2\n['remote \"m\"']\n    url = memory://x\n",
  }));
});

test('unknown features are ignored, with the warning of DVC', () => {
  assert.equal(ignoredFeatures(configOf({ '.dvc/config': '[feature]\n    b = 1\n    a = 1\n    machine = true\n' })), "'feature.a', 'feature.b' config options are unsupported");
});

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { projectFolder } from '../../../test/project.ts';
import { removeFolder, temporaryFolder } from '../../../test/servers/server.ts';
import { TowlineError } from '../../errors.ts';
import { find, loadClearmlConfig, parseClearmlConfig, placeOf } from './clearml-config.ts';
import { formatSize, parseShare, parseSize } from './sizes.ts';
import { partAt } from './values.ts';

const home = temporaryFolder('clearml-config');
after(() => { removeFolder(home); });
const write = (path: string, text: string): string => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
  return join(home, path);
};
const vectors = JSON.parse(readFileSync(join(projectFolder, 'test/golden/clearml-2.1.7/vectors.json'), 'utf8')) as Readonly<Record<'parse_size' | 'format_size' | 'percent', Readonly<Record<string, number | string | { readonly __error: string }>>>>;
const lent = (env: Record<string, string> = {}) => ({ env, home, warn: () => undefined });
const load = (env: Record<string, string> = {}): ReturnType<typeof loadClearmlConfig> => loadClearmlConfig({ cwd: home }, lent(env));

test('both files of the home count, the later winning; defaults fill the rest', () => {
  write('trains.conf', 'sdk { aws.s3 { key: old, region: r } }');
  write('clearml.conf', '# mine\nsdk.aws.s3.key: 0012');
  const config = load();

  assert.deepEqual(config.files, [join(home, 'trains.conf'), join(home, 'clearml.conf')]);
  assert.equal(find(config.tree, 'sdk.aws.s3.key'), '0012');
  assert.equal(find(config.tree, 'sdk.aws.s3.region'), 'r');
  assert.equal(find(config.tree, 'sdk.network.file_upload_retries'), '3');
  assert.deepEqual(placeOf(config, ['sdk', 'aws', 's3', 'key']), { file: join(home, 'clearml.conf'), line: 2, column: 17 });
  assert.equal(placeOf(config, ['sdk', 'network', 'file_upload_retries']).line, 0);
});

test('CLEARML_CONFIG_FILE alone counts, before TRAINS_CONFIG_FILE, and may be missing', () => {
  write('other.conf', 'sdk.aws.s3.key: other');
  write('third.conf', 'sdk.aws.s3.key: third');

  assert.equal(find(load({ CLEARML_CONFIG_FILE: '~/other.conf', TRAINS_CONFIG_FILE: '~/third.conf' }).tree, 'sdk.aws.s3.key'), 'other');
  assert.equal(find(load({ CLEARML_CONFIG_FILE: ' ', TRAINS_CONFIG_FILE: '~/third.conf' }).tree, 'sdk.aws.s3.key'), 'third');
  assert.deepEqual(load({ CLEARML_CONFIG_FILE: '~/gone.conf' }).files, []);
});

test('files of a folder stand under their names, those of the environment last', () => {
  write('conf/default/sdk.conf', 'aws.s3.key: base, aws.s3.region: base');
  write('conf/local/sdk.conf', 'aws.s3.key: local');
  write('conf/local/a/b.conf', 'x: 1');
  const env = { CLEARML_CONFIG_PATH: join(home, 'conf'), CLEARML_CONFIG_FILE: '~/gone.conf' };

  assert.equal(find(load(env).tree, 'sdk.aws.s3.key'), 'base');
  const { tree } = load({ ...env, TRAINS_ENV: 'local' });
  assert.deepEqual(['sdk.aws.s3.key', 'sdk.aws.s3.region', 'a.b.x'].map((path) => find(tree, path)), ['local', 'base', '1']);
  assert.throws(() => load({ ...env, CLEARML_ENV: 'prod' }), { code: 'INVALID_CONFIG', message: 'Invalid environment prod' });
});

test("parts that stand outside of 'sdk { }' are taken as if within, and that is said once", () => {
  const warnings: string[] = [];
  const config = parseClearmlConfig('aws { s3 { key: k } }\nstorage.cache.default_base_dir: /x\nsdk.storage.log.level: info', { ...lent(), warn: ({ text }) => warnings.push(text) });

  assert.equal(find(config.tree, 'sdk.aws.s3.key'), 'k');
  assert.equal(find(config.tree, 'sdk.storage.cache.default_base_dir'), '~/.clearml/cache');
  assert.equal(placeOf(config, ['sdk', 'aws', 's3', 'key']).line, 1);
  assert.equal(warnings.length, 1);
});

test("the section 'environment' is applied only where that is asked for", () => {
  const text = 'environment { A: 1, B: "two" }';

  assert.equal(parseClearmlConfig(text, lent()).env['A'], undefined);
  assert.equal(parseClearmlConfig(`${text}\nsdk.apply_environment: true`, lent()).env['B'], 'two');
  assert.equal(parseClearmlConfig(text, lent({ CLEARML_ENABLE_ENV_CONFIG_SECTION: '1' })).env['A'], '1');
});

test('values are read by their kind, and a wrong one is named with its place', () => {
  const part = partAt(parseClearmlConfig('sdk.x { a: yes, b: Off, n: 5, q: "7", size: 10GB, none: -1, share: 5%, list: [{k: v}], bad: maybe }', lent()), 'sdk.x');

  assert.deepEqual([part.flag('a'), part.flag('b'), part.flag('z'), part.number('n'), part.number('q'), part.size('size'), part.size('none'), part.share('share')], [true, false, undefined, 5, 7, 10_000_000_000, -1, 0.05]);
  assert.deepEqual(part.parts('list').map((one) => one.text('k')), ['v']);
  assert.throws(() => part.flag('bad'), { code: 'INVALID_CONFIG', message: 'clearml.conf:1: sdk.x.bad must be true or false' });
  assert.throws(() => part.text('list'), /must be a text/);
});

test("the file that 'clearml-init' writes is read", () => {
  const config = parseClearmlConfig(readFileSync(join(projectFolder, 'test/golden/clearml-2.1.12/clearml-init.conf'), 'utf8'), lent());

  assert.equal(find(config.tree, 'api.web_server'), 'https://app.clear.ml');
  assert.equal(find(config.tree, 'api.credentials.access_key'), 'AKAKAK');
  assert.equal(find(config.tree, 'api.verify_certificate'), true);
});

test('sizes and shares are read and written as ClearML does', () => {
  const failing = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return error instanceof TowlineError ? 'refused' : error;
    }
  };
  const wanted = (value: unknown): unknown => (typeof value === 'object' ? 'refused' : value);

  for (const [text, value] of Object.entries(vectors.parse_size)) assert.equal(failing(() => parseSize(text)), wanted(value), text);
  for (const [bytes, text] of Object.entries(vectors.format_size)) assert.equal(formatSize(Number(bytes)), text);
  for (const [text, value] of Object.entries(vectors.percent)) assert.equal(failing(() => parseShare(text.replaceAll("'", ''))), wanted(value), text);
});

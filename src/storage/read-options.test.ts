import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag, integer, secret, text } from './option-kinds.ts';
import { environmentSettings, helpOf, type PlacedText, readOptions, shown } from './read-options.ts';

const table = {
  region: text('region', { env: ['REGION', 'OLD_REGION'] }),
  jobs: integer('jobs', { minimum: 1 }),
  key: secret('key'),
  pin: { ...secret('pin'), parse: integer('').parse },
  acl: text('acl', { excludes: [{ option: 'grant', words: '`acl` and `grant` are mutually exclusive' }, 'region'] }),
  grant: text('grant'),
  verify: flag('verify', { initial: true }),
  old: flag('old', { initial: false, deprecated: 'it has no effect' }),
  ours: text('ours', { owner: 'towline' }),
};
const settings = (values: Readonly<Record<string, string>>): ReadonlyMap<string, PlacedText> =>
  new Map(Object.entries(values).map(([key, value], index) => [key, { value, place: `.dvc/config:${index + 2}` }]));

test('values are read and defaults filled in', () => {
  const options = readOptions(table, settings({ jobs: '4', verify: 'FALSE' }));

  assert.equal(options.jobs, 4);
  assert.equal(options.verify, false);
  assert.equal(options.region, undefined);
});

test('all faults are named at once, each with its place, and no secret is shown', () => {
  assert.throws(() => readOptions(table, settings({ jobs: '0', nosuch: 'x', pin: 'hunter2', acl: 'a', grant: 'b' })), {
    code: 'INVALID_CONFIG',
    message: ".dvc/config:2: jobs: value must be at least 1, got '0'\n.dvc/config:3: unknown option 'nosuch'\n.dvc/config:4: pin: expected TEXT\n.dvc/config:5: `acl` and `grant` are mutually exclusive",
  });
});

test('a key that every object has is not mistaken for an option', () => {
  assert.throws(() => readOptions(table, settings({ constructor: 'x' })), /unknown option 'constructor'/);
});

test('a deprecated key is accepted with a warning', () => {
  const warnings: string[] = [];

  readOptions(table, settings({ old: 'true' }), { warn: (line) => warnings.push(line) });

  assert.deepEqual(warnings, [".dvc/config:2: 'old' is accepted and ignored: it has no effect"]);
});

test('the environment stands in for what is not configured, the first variable that is set', () => {
  const found = environmentSettings(table, settings({ jobs: '2' }), { REGION: '', OLD_REGION: 'eu' });

  assert.deepEqual(found.get('region'), { value: 'eu', place: 'the environment variable OLD_REGION' });
  assert.equal(environmentSettings(table, settings({ region: 'us' }), { REGION: 'eu' }).get('region')?.value, 'us');
});

test('secrets and unknown keys are shown as stars', () => {
  assert.deepEqual([shown(table, 'region', 'eu'), shown(table, 'key', 'k'), shown(table, 'nosuch', 'v')], ['eu', '***', '***']);
});

test('help tells the form, the default and whose key it is', () => {
  const help = helpOf(table);

  assert.ok(help.includes('verify=true|false  verify [true]'));
  assert.ok(help.includes('ours=TEXT  ours (towline only)'));
});

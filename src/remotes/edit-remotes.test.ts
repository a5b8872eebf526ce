import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Crash, crashing } from '../disk/crashing.ts';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node.ts';
import { TowlineError } from '../errors.ts';
import { applyConfigEdits } from './apply-config-edits.ts';
import { type Config, mergeParts, readConfig } from './config.ts';
import type { ConfigChange } from './config-draft.ts';
import { setOption } from './edit-options.ts';
import { addRemote, modifyRemote, removeRemote, setDefaultRemote } from './edit-remotes.ts';
import { getOption, listOptions, listRemotes } from './list-options.ts';
import { parseOptionName } from './option-name.ts';
import { renameRemote } from './rename-remote.ts';
import { configFaults } from './schema.ts';

const top = mkdtempSync(join(tmpdir(), 'towline-edit-'));
after(() => { rmSync(top, { recursive: true, force: true }); });
let count = 0;

function repository(files: Readonly<Record<string, string>> = {}): string {
  const root = join(top, String(count++));
  mkdirSync(join(root, '.dvc'), { recursive: true });
  for (const [name, text] of Object.entries({ config: '', ...files })) writeFileSync(join(root, '.dvc', name), text);
  return root;
}
const read = async (root: string): Promise<Config> => await readConfig({ root, runtime: { platform: 'linux', home: join(root, 'home'), env: { XDG_CONFIG_DIRS: join(root, 'xdg') } } });
async function apply(root: string, change: (config: Config) => Promise<ConfigChange>, disk: Disk = nodeDisk): Promise<ConfigChange> {
  const made = await change(await read(root));
  applyConfigEdits(disk, made.edits);
  return made;
}
const textOf = (root: string, name: string): string => (existsSync(join(root, '.dvc', name)) ? readFileSync(join(root, '.dvc', name), 'utf8') : '');
const modeOf = (root: string, name: string): number => statSync(join(root, '.dvc', name)).mode & 0o777;
const name = (text: string): NonNullable<ReturnType<typeof parseOptionName>> => {
  const parsed = parseOptionName(text);
  assert.ok(parsed);
  return parsed;
};

describe('what only we know never stands in the files of DVC', () => {
  test('an option of ours goes to .dvc/towline, one of DVC to .dvc/config', async () => {
    const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n" });

    await apply(root, async (config) => await modifyRemote(config, { name: 'a', option: 'retries', value: '3' }, { cwd: root }));
    await apply(root, async (config) => await modifyRemote(config, { name: 'a', option: 'cache_regions', value: 'true' }, { cwd: root }));
    await apply(root, async (config) => await modifyRemote(config, { name: 'a', option: 'region', value: 'eu' }, { cwd: root }));

    assert.equal(textOf(root, 'towline'), "['remote \"a\"']\n    retries = 3\n    cache_regions = true\n");
    assert.equal(textOf(root, 'config'), "['remote \"a\"']\n    url = s3://b\n    region = eu\n");
  });

  test('a remote with a scheme DVC does not know, and a default that names it', async () => {
    const root = repository();

    await apply(root, async (config) => await addRemote(config, { name: 'm', url: 'memory://x' }, { cwd: root, isDefault: true }));
    await apply(root, async (config) => await modifyRemote(config, { name: 'm', option: 'jobs', value: '2' }, { cwd: root }));
    await apply(root, async (config) => await addRemote(config, { name: 's', url: 's3://b' }, { cwd: root }));

    assert.equal(textOf(root, 'towline'), "[core]\n    remote = m\n['remote \"m\"']\n    url = memory://x\n    jobs = 2\n");
    assert.equal(textOf(root, 'config'), "['remote \"s\"']\n    url = s3://b\n");
  });

  test('a default that DVC knows takes the place of one only we know', async () => {
    const root = repository({ config: "['remote \"s\"']\n    url = s3://b\n", towline: "[core]\n    remote = m\n['remote \"m\"']\n    url = memory://x\n" });

    await apply(root, async (config) => await setDefaultRemote(config, 's'));

    assert.equal(textOf(root, 'towline'), "['remote \"m\"']\n    url = memory://x\n");
    assert.equal((await read(root)).get('core', 'remote')?.value, 's');
  });

  test('the same by config core.remote', async () => {
    const root = repository({ config: "['remote \"s\"']\n    url = s3://b\n", towline: "['remote \"m\"']\n    url = memory://x\n" });

    await apply(root, async (config) => await setOption(config, name('core.remote'), { value: 'm', cwd: root }));
    assert.equal(textOf(root, 'towline'), "[core]\n    remote = m\n['remote \"m\"']\n    url = memory://x\n");
    await apply(root, async (config) => await setOption(config, name('core.remote'), { value: 's', cwd: root }));
    assert.equal(textOf(root, 'towline'), "['remote \"m\"']\n    url = memory://x\n");
    assert.equal(textOf(root, 'config'), "[core]\n    remote = s\n['remote \"s\"']\n    url = s3://b\n");
  });
});

describe('files that may hold secrets', () => {
  test('are 0600 and ignored by Git before they are there', async () => {
    const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n", '.gitignore': '/tmp' });

    await apply(root, async (config) => await modifyRemote(config, { name: 'a', option: 'retries', value: '3' }, { cwd: root, level: 'local' }));
    await apply(root, async (config) => await modifyRemote(config, { name: 'a', option: 'secret_access_key', value: 'k' }, { cwd: root, level: 'local' }));

    assert.deepEqual([modeOf(root, 'towline.local'), modeOf(root, 'config.local')], [0o600, 0o600]);
    assert.equal(textOf(root, '.gitignore'), '/tmp\n/towline.local\n/config.local\n');
  });

  test('and a secret that would be committed is warned of', async () => {
    const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n" });

    const { warnings } = await modifyRemote(await read(root), { name: 'a', option: 'secret_access_key', value: 'k' }, { cwd: root });

    assert.deepEqual(warnings, ["'secret_access_key' is a secret and '.dvc/config' is committed: use --local"]);
  });

  test('show their secrets in no listing', async () => {
    const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n    secret_access_key = k\n    nosuch = k\n['remote \"h\"']\n    url = https://ann:pw@host/x\n[studio]\n    token = k\n" });
    const config = await read(root);

    assert.deepEqual((await listOptions(config)).map((one) => `${one.name}=${one.shown}`), ['remote.a.url=s3://b', 'remote.a.secret_access_key=***', 'remote.a.nosuch=***', 'remote.h.url=https://ann:***@host/x', 'studio.token=***']);
    assert.deepEqual(listRemotes(config).map(({ url }) => url), ['s3://b', 'https://ann:***@host/x']);
    assert.equal((await getOption(config, name('remote.a.secret_access_key')))?.shown, '***');
  });
});

test('a value that would make DVC refuse every command is refused', async () => {
  const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n" });
  const config = await read(root);

  await assert.rejects(modifyRemote(config, { name: 'a', option: 'secret_access_key', value: 'x%(y)s' }, { cwd: root, level: 'local' }), { code: 'INVALID_ARGUMENT', message: /holds '%\(', which DVC takes for a reference/, hint: /TOW_REMOTE_/ });
  assert.equal(textOf(root, 'config.local'), '');
});

test('letters that are not ASCII are written, with a warning: DVC loses the file when it next changes it', async () => {
  const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n" });

  const { warnings } = await apply(root, async (config) => await modifyRemote(config, { name: 'a', option: 'profile', value: 'Jürgen' }, { cwd: root }));

  assert.equal(textOf(root, 'config'), "['remote \"a\"']\n    url = s3://b\n    profile = Jürgen\n");
  assert.match(warnings.join(), /'\.dvc\/config' now holds letters that are not ASCII/);
});

test('nothing is written when the result would be refused', async () => {
  const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n" });

  await assert.rejects(apply(root, async (config) => await modifyRemote(config, { name: 'a', option: 'nosuch', value: '1' }, { cwd: root })), { code: 'INVALID_CONFIG' });

  assert.equal(textOf(root, 'config'), "['remote \"a\"']\n    url = s3://b\n");
});

test('of two faults in a file one can be repaired after the other', async () => {
  const root = repository({ config: '[core]\n    autostage = on\n    interactive = off\n' });

  await apply(root, async (config) => await setOption(config, name('core.autostage'), { value: 'true', cwd: root }));
  await apply(root, async (config) => await setOption(config, name('core.interactive'), { value: 'false', cwd: root }));

  assert.equal(textOf(root, 'config'), '[core]\n    autostage = true\n    interactive = false\n');
});

test('a file that somebody else changed meanwhile is not overwritten', async () => {
  const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n" });
  const change = await modifyRemote(await read(root), { name: 'a', option: 'region', value: 'eu' }, { cwd: root });
  writeFileSync(join(root, '.dvc/config'), '[core]\n');

  assert.throws(() => applyConfigEdits(nodeDisk, change.edits), { code: 'PRECONDITION_FAILED' });
  assert.equal(textOf(root, 'config'), '[core]\n');
});

test('outside a repository only the levels of machine and user can be edited', async () => {
  const home = join(top, 'nowhere');
  const config = await readConfig({ runtime: { platform: 'linux', home, env: { XDG_CONFIG_DIRS: home } } });

  await assert.rejects(addRemote(config, { name: 'a', url: 's3://b' }, { cwd: home }), { message: 'config file error: Not inside a DVC repo' });
  applyConfigEdits(nodeDisk, (await addRemote(config, { name: 'a', url: 'data' }, { cwd: home, level: 'global' })).edits);
  assert.equal(readFileSync(join(home, '.config/dvc/config'), 'utf8'), "['remote \"a\"']\n    url = ../../data\n");
  assert.equal(statSync(join(home, '.config/dvc/config')).mode & 0o777, 0o600);
});

const SPREAD = {
  config: "# ours\n[core]\n    remote = a\n['remote \"a\"']\n    url = s3://b\n    region = eu\n['remote \"z\"']\n    url = remote://a/z\n",
  towline: "['remote \"a\"']\n    retries = 3\n",
  'config.local': "[core]\n    remote = a\n['remote \"a\"']\n    secret_access_key = k\n",
  'towline.local': "['remote \"a\"']\n    idle_timeout = 5\n",
  '.gitignore': '/config.local\n/towline.local\n',
};

describe('a remote whose options stand in four files', () => {
  test('is renamed in all of them', async () => {
    const root = repository(SPREAD);

    const { warnings } = await apply(root, async (config) => await renameRemote(config, { name: 'a', next: 'b' }));

    for (const [file, text] of Object.entries(SPREAD)) assert.equal(textOf(root, file), text.replaceAll('"a"', '"b"').replaceAll('remote = a', 'remote = b'), file);
    assert.deepEqual(warnings, ["remote 'z' still refers to remote://a"]);
  });

  test('is removed from all of them', async () => {
    const root = repository(SPREAD);

    await apply(root, async (config) => await removeRemote(config, 'a'));

    assert.deepEqual(['config', 'towline', 'config.local', 'towline.local'].map((file) => textOf(root, file)), ["# ours\n['remote \"z\"']\n    url = remote://a/z\n", '', '', '']);
  });

  const verbs: Readonly<Record<string, (config: Config) => Promise<ConfigChange>>> = {
    rename: async (config) => await renameRemote(config, { name: 'a', next: 'b' }),
    remove: async (config) => await removeRemote(config, 'a'),
    modify: async (config) => await modifyRemote(config, { name: 'a', option: 'session_token', value: 'x' }, { cwd: top, level: 'local' }),
  };
  for (const [verb, change] of Object.entries(verbs)) {
    test(`a crash at any point of ${verb} leaves what DVC accepts, and the same command again ends it`, async () => {
      const undisturbed = repository(SPREAD);
      await apply(undisturbed, change);

      for (let at = 0; ; at++) {
        const root = repository(SPREAD);
        const disk = crashing(nodeDisk, at);
        await apply(root, change, disk).catch((error: unknown) => { if (!(error instanceof Crash)) throw error; });
        const config = await read(root);
        for (const owners of [['dvc'], ['dvc', 'towline']]) {
          const parts = config.parts.filter(({ file }) => owners.includes(file.owner));
          assert.deepEqual(await configFaults({ parts, sections: mergeParts(parts, config.runtime) }), [], `after change ${at}`);
        }
        await apply(root, change).catch((error: unknown) => {
          // All was done when the machine went off: the command then finds nothing of that name.
          if (!(error instanceof TowlineError && /doesn't exist|already exists/.test(error.message))) throw error;
        });
        for (const file of Object.keys(SPREAD)) assert.equal(textOf(root, file), textOf(undisturbed, file), `${file} after change ${at}`);
        if (!disk.crashed) break;
      }
    });
  }

  test('a name that is taken is refused, also when it says the same in one file only', async () => {
    const root = repository({ config: "['remote \"a\"']\n    url = s3://b\n['remote \"b\"']\n    url = s3://c\n" });

    await assert.rejects(renameRemote(await read(root), { name: 'a', next: 'B' }), { message: "config file error: Rename failed. Remote name 'B' already exists." });
  });

  test('a failure in the middle is taken back', async () => {
    const root = repository(SPREAD);
    let renames = 0;
    const full: Disk = { ...nodeDisk, rename: (from, to) => {
      if (++renames === 3) throw new TowlineError('UNAVAILABLE', 'the disk is full');
      nodeDisk.rename(from, to);
    } };

    await assert.rejects(apply(root, verbs['rename'] ?? (() => assert.fail()), full), { code: 'UNAVAILABLE' });

    for (const [file, text] of Object.entries(SPREAD)) assert.equal(textOf(root, file), text, file);
    assert.deepEqual(readdirSync(join(root, '.dvc')).filter((one) => one.endsWith('.tmp')), []);
  });
});

test('an unknown remote is answered with where it stands, or with a near name', async () => {
  const root = repository({ config: "['remote \"main\"']\n    url = s3://b\n" });
  const config = await read(root);

  await assert.rejects(removeRemote(config, 'main', { level: 'local' }), { message: "config file error: remote 'main' doesn't exist.", hint: 'It stands in the repo level: add --project.' });
  await assert.rejects(removeRemote(config, 'mian'), { hint: "Did you mean 'main'?" });
});

test('a remote whose name holds dots can be named by config, which DVC cannot', async () => {
  assert.deepEqual(parseOptionName('remote.my.store.url'), { section: 'remote "my.store"', option: 'url', kind: 'remote', name: 'my.store' });
  assert.equal(parseOptionName('nodots'), undefined);
  assert.deepEqual(parseOptionName('Core.Remote'), { section: 'core', option: 'remote', kind: undefined, name: 'core' });
});

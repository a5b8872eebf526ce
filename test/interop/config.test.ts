import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { nodeDisk } from '../../src/disk/node.ts';
import { TowlineError } from '../../src/errors.ts';
import { applyConfigEdits } from '../../src/remotes/apply-config-edits.ts';
import { type Config, readConfig } from '../../src/remotes/config.ts';
import type { ConfigChange } from '../../src/remotes/config-draft.ts';
import { setOption, unsetOption } from '../../src/remotes/edit-options.ts';
import { addRemote, modifyRemote, removeRemote, setDefaultRemote } from '../../src/remotes/edit-remotes.ts';
import type { ConfigLevel } from '../../src/remotes/levels.ts';
import { getOption, listOptions } from '../../src/remotes/list-options.ts';
import { parseOptionName } from '../../src/remotes/option-name.ts';
import { renameRemote } from '../../src/remotes/rename-remote.ts';
import { whyMissing } from '../judges.ts';
import { type DvcAnswer, loadByDvc, runDvc } from './dvc-config.ts';

const skip = whyMissing('dvc', 'python') ?? false;
const top = realpathSync(mkdtempSync(join(tmpdir(), 'towline-config-')));
const env = {
  HOME: join(top, 'home'), XDG_CONFIG_HOME: join(top, 'home/.config'), XDG_CONFIG_DIRS: join(top, 'xdg'), XDG_CACHE_HOME: join(top, 'home/.cache'), DVC_SITE_CACHE_DIR: join(top, 'home/site'),
  DVC_NO_ANALYTICS: '1', DVC_TEST: '1', NO_COLOR: '1', COLUMNS: '2000', PYTHONUTF8: '1', PATH: process.env['PATH'] ?? '',
};
const runtime = { env, home: env.HOME, platform: process.platform };
after(() => { rmSync(top, { recursive: true, force: true }); });

function repository(name: string): string {
  const root = join(top, name);
  mkdirSync(join(root, '.dvc'), { recursive: true });
  mkdirSync(join(root, 'sub'));
  writeFileSync(join(root, '.dvc/config'), '');
  writeFileSync(join(root, '.dvc/.gitignore'), '/config.local\n/tmp\n/cache\n');
  return root;
}

const TRICKY = ['a b', ' lead', 'trail ', "it's", 'say "hi"', `both' "`, 'a,b', 'a#b', '#', 'a;b', 'x=y', '', 'true', 'line\ntwo', 'a\\b', '$x', '[a]', "'q'", '"dq"', `a'b"c,d`, 'tab\tx', '%', '50%', '%s', '"', "'", "'''", '"""', 'a\n', '\t', 'ünï ☃ 🎈', '${HOME}', "x''", 'ends with \\', '= leads', `'''"`, '\u00a0nbsp'];

test('DVC reads every tricky value that we write, to the letter', { skip }, async () => {
  const roots: string[] = [];
  for (const [index, value] of TRICKY.entries()) {
    const root = repository(`tricky-${index}`);
    roots.push(join(root, '.dvc'));
    await apply(root, async (config) => await addRemote(config, { name: 'r', url: 's3://bucket/key' }, { cwd: root, isDefault: true }));
    await apply(root, async (config) => await modifyRemote(config, { name: 'r', option: 'secret_access_key', value }, { cwd: root, level: 'local' }));
  }

  const read = loadByDvc(roots, env);

  for (const [index, value] of TRICKY.entries()) {
    const answer = read[index];
    assert.ok(answer && 'config' in answer, `${JSON.stringify(value)}: ${JSON.stringify(answer)}`);
    const remote = answer.config['remote']?.['r'] as Readonly<Record<string, unknown>> | undefined;
    assert.equal(remote?.['secret_access_key'], value);
    assert.equal(answer.config['core']?.['remote'], 'r');
  }
});

/** Where we say more than DVC. */
const WORDED_BETTER = ['remote modify r port x'];

/** Commands as typed; `sub:` before the first word runs it in a folder below the root. */
const STORIES: Readonly<Record<string, readonly string[]>> = {
  'add and default': ['remote add -d r s3://b/k', 'remote add other /abs', 'remote default other', 'remote default -u', 'remote default nosuch', 'remote default -u'],
  'add twice': ['remote add r s3://b/k', 'remote modify r region eu', 'remote add r s3://c', 'remote add -f r s3://c', 'remote add -f -d R s3://d'],
  'relative paths': ['remote add r ../store', 'sub: remote add below data', 'remote add home ~/x', 'remote modify r url other', 'sub: config cache.dir c', 'remote add s s3://b', 'sub: remote modify s credentialpath creds/x', 'remote modify s configpath /etc/aws'],
  'options': ['remote add r s3://b', 'remote modify r jobs 4', 'remote modify r jobs 0', 'remote modify r jobs x', 'remote modify r use_ssl yes', 'remote modify r use_ssl FALSE', 'remote modify r nosuch 1', 'remote modify r Region eu', 'remote modify -u r jobs', 'remote modify -u r jobs', 'remote modify x jobs 1', 'remote modify -u r url'],
  'option values': ['remote add r s3://b', 'remote modify r endpointurl http://h:9000', 'remote modify r ssl_verify ca.pem', 'remote modify r sse_kms_key_id a,b', 'remote modify r acl "q"', 'remote modify r read_timeout 1.5', 'remote modify r checksum_jobs 0', 'remote modify r version_aware True'],
  'levels': ['remote add r s3://b', 'remote modify --local r secret_access_key k', 'remote modify --local r region x', 'remote modify --local -u r region', 'remote add --local only /l', 'remote default only', 'remote default --project only', 'remote default --local only', 'remote modify only jobs 1', 'remote modify --project only jobs 1', 'config --local core.autostage true'],
  'bad URLs': ['remote add r foo://h/x', 'remote add r s3:foo', 'remote add q oci.example/x', 'remote add w remote://r/sub'],
  'remove': ['remote add -d r s3://b', 'remote add s s3://c', 'remote default --local r', 'remote remove nosuch', 'remote remove r', 'remote remove --local s', 'remote remove s'],
  'rename': ['remote add s s3://c', 'remote add -d r s3://b', 'remote rename r s', 'remote rename nosuch x', 'remote default --local r', 'remote rename r new', 'remote rename --local s t'],
  'config': ['config core.autostage true', 'config core.autostage maybe', 'config cache.type reflink,copy', 'config cache.type foo', 'config cache.shared group', 'config cache.shared all', 'config core.nosuch 1', 'config nosuch.option 1', 'config studio.token secret', 'config remote.r.url s3://b', 'config remote.r.jobs 3', 'config remote.x.jobs 3', 'config -u core.autostage', 'config -u core.autostage', 'config -u nosuch.x', 'config -u remote.y.url', 'config core.remote R', 'config core.checksum_jobs 0', 'config db.d.url x', 'config exp.auto_push true', 'config parsing.bool nope', 'config feature.machine true', 'config hydra.config_dir a', 'config hydra.config_module b'],
  'ssh and http': ['remote add r ssh://u@h:22/abs', 'remote modify r port x', 'remote modify r port 2222', 'remote modify r keyfile keys/k', 'remote modify r ask_password true', 'remote add h https://h/x', 'remote modify h auth Basic', 'remote modify h auth nosuch', 'remote modify h read_timeout 1', 'remote modify h method PUT', 'remote modify h ssl_verify false'],
  'services without a driver yet': ['remote add a azure://c/p', 'remote modify a connection_string x', 'remote modify a timeout x', 'remote modify a nosuch x', 'remote add g gs://b', 'remote modify g credentialpath k.json', 'remote add d gdrive://folder/x', 'remote modify d gdrive_trash_only true', 'remote add o oss://b', 'remote modify o oss_endpoint e', 'remote add w webdavs://h/p', 'remote modify w timeout 3', 'remote add y webhdfs://h/p', 'remote modify y use_https true'],
};

describe('the same commands leave the same files and words as DVC', { skip }, () => {
  const answers = once(() => {
    const steps = Object.entries(STORIES).flatMap(([name, lines]) => {
      const root = repository(`theirs-${name}`);
      return lines.map((line) => ({ name, step: { ...typed(line, root), root } }));
    });
    const found = runDvc(steps.map(({ step }) => step), env);
    return new Map(Object.keys(STORIES).map((name) => [name, found.filter((_answer, index) => steps[index]?.name === name)]));
  });
  for (const [name, lines] of Object.entries(STORIES)) {
    test(name, async () => {
      const theirs = join(top, `theirs-${name}`);
      const ours = repository(`ours-${name}`);

      for (const [index, line] of lines.entries()) {
        const answer = answers().get(name)?.[index];
        assert.ok(answer);
        const error = await attempt(ours, line);
        compare(line, answer, { error, ours, theirs });
      }
    });
  }
});

describe('what DVC prints of a config, we give', { skip }, () => {
  const FILES = { config: "[core]\n    remote = r\n    autostage = TRUE\n['remote \"r\"']\n    url = ../store\n    type = reflink, copy\n[cache]\n    dir = c\n", 'config.local': "[core]\n    autostage = false\n['remote \"r\"']\n    jobs = 4\n" };
  const root = repository('print');
  const LINES = ['config -l', 'config -l --show-origin', 'config -l --local', 'config core.remote', 'config core.autostage', 'config --project core.autostage', 'config remote.r.url', 'config remote.r.type', 'config cache.dir', 'config core.nosuch', 'config --project core.nosuch', 'config --project nosuch.x', 'config --project remote.q.url', 'config --local remote.r.url'];
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(root, '.dvc', name), text);
  const answers = once(() => new Map(runDvc(LINES.map((line) => ({ ...typed(line, root), root })), env).map((answer, index) => [LINES[index] ?? '', answer])));
  for (const line of LINES) {
    test(line, async () => {
      const answer = answers().get(line);

      const { out, error } = await print(root, line);
      assert.equal(out, answer?.out);
      if (answer?.status !== 0) assert.match(answer?.err ?? '', new RegExp(`config file error: ${escaped(error?.replace(/^config file error: /, '') ?? 'no error')}`));
    });
  }
});

function compare(line: string, answer: DvcAnswer, { error, ours, theirs }: { readonly error: string | undefined; readonly ours: string; readonly theirs: string }): void {
  assert.equal(error === undefined ? 0 : 251, answer.status, `${line}: ${error ?? 'done'} / ${answer.err}`);
  for (const name of ['config', 'config.local']) {
    const own = existsSync(join(ours, '.dvc', name)) ? readFileSync(join(ours, '.dvc', name), 'utf8') : '';
    // DVC leaves a lone line end where nothing is left.
    assert.equal(own, (answer.files[name] ?? '').replace(/^\n$/, '').replaceAll(theirs, ours), `${line}: ${name}`);
  }
  if (error === undefined || WORDED_BETTER.includes(line)) return;
  const words = error.split('\n').map((one) => one.replace(/ \((?:\.dvc\/|the environment)[^)]*\)$/, ''));
  assert.ok(words.some((one) => answer.err.includes(one.replace(/^config file error: /, ''))), `${line}:\n${words.join('\n')}\n${answer.err}`);
}

function typed(line: string, root: string): { readonly cwd: string; readonly argv: readonly string[] } {
  const isBelow = line.startsWith('sub: ');
  return { cwd: isBelow ? join(root, 'sub') : root, argv: (isBelow ? line.slice(5) : line).split(' ') };
}

async function apply(root: string, change: (config: Config) => Promise<ConfigChange>): Promise<void> {
  applyConfigEdits(nodeDisk, (await change(await readConfig({ runtime, root }))).edits);
}

/** The error's text, or undefined when all went well. */
async function attempt(root: string, line: string): Promise<string | undefined> {
  const { cwd, argv } = typed(line, root);
  const flags = new Set(argv.filter((word) => word.startsWith('-')));
  const [command, ...words] = argv.filter((word) => !word.startsWith('-') || /^-\d/.test(word));
  const levels: Readonly<Record<string, ConfigLevel>> = { '--local': 'local', '--project': 'repo', '--global': 'global' };
  const level = [...flags].map((flag) => levels[flag]).find((one) => one !== undefined);
  try {
    await apply(root, async (config) => await perform(config, { command, words, flags, level, cwd }));
    return undefined;
  } catch (error) {
    if (error instanceof TowlineError) return error.message;
    throw error;
  }
}

interface Command { readonly command: string | undefined; readonly words: readonly string[]; readonly flags: ReadonlySet<string>; readonly level: ConfigLevel | undefined; readonly cwd: string }

async function perform(config: Config, { command, words, flags, level, cwd }: Command): Promise<ConfigChange> {
  const place = { level, cwd };
  if (command === 'config') {
    const name = parseOptionName(words[0] ?? '');
    assert.ok(name);
    return flags.has('-u') ? await unsetOption(config, name, place) : await setOption(config, name, { ...place, value: words[1] ?? '' });
  }
  const [verb, name = '', second = '', value] = words;
  if (verb === 'add') return await addRemote(config, { name, url: second }, { ...place, isDefault: flags.has('-d'), force: flags.has('-f') });
  if (verb === 'default') return await setDefaultRemote(config, flags.has('-u') ? undefined : name, place);
  if (verb === 'modify') return await modifyRemote(config, { name, option: second === '' ? 'url' : second, value: flags.has('-u') ? undefined : value ?? '' }, place);
  if (verb === 'remove') return await removeRemote(config, name, place);
  assert.equal(verb, 'rename');
  return await renameRemote(config, { name, next: second }, place);
}

async function print(root: string, line: string): Promise<{ readonly out: string; readonly error?: string }> {
  const config = await readConfig({ runtime, root });
  const level: ConfigLevel | undefined = line.includes('--local') ? 'local' : line.includes('--project') ? 'repo' : undefined;
  try {
    if (line.includes(' -l')) {
      const rows = (await listOptions(config, { level })).map(({ name, value, origin }) => `${line.includes('--show-origin') ? `${origin}\t` : ''}${name}=${value}\n`);
      return { out: rows.join('') };
    }
    const name = parseOptionName(line.split(' ').at(-1) ?? '');
    assert.ok(name);
    const found = await getOption(config, name, { level });
    return { out: found === undefined ? '' : `${found.value}\n` };
  } catch (error) {
    if (error instanceof TowlineError) return { out: '', error: error.message };
    throw error;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openRepo } from '../../src/repo/open.ts';
import { add } from '../../src/repo/verbs/add.ts';
import { importUrl } from '../../src/repo/verbs/import-url.ts';
import { importData } from '../../src/repo/verbs/import.ts';
import { init } from '../../src/repo/verbs/init.ts';
import { update } from '../../src/repo/verbs/update.ts';
import { type CaseFolder, caseFolder, copyTree, scratchFolder, workspaceOf } from './case-folder.ts';
import { crashAtEveryPoint, type Story } from './every-point.ts';
import { inRepo } from './in-repo.ts';
import { DEATHS, mortal } from './mortal.ts';
import { startWeb } from './web.ts';

describe('an import that is cut off at any change of a file loses nothing, and the same command again ends it', () => {
  for (const what of ['folder', 'single.csv'] as const) {
    test(`import-url of '${what}'`, () => covers({ prepare: withSource, run: urlImport(what) }, 24));
    test(`update of '${what}' from a URL`, () => covers({
      prepare: async (machine) => {
        await withSource(machine);
        await urlImport(what)(machine.lend(), machine);
        source(join(machine.folder, 'source'), 2);
      },
      run: updating(what),
    }, 24));
  }

  test('import from a repository', () => covers({ prepare: withOther, run: repoImport('folder'), every: 11 }, 20));
  test('update from a repository', () => covers({
    prepare: async (machine) => {
      await withOther(machine);
      await repoImport('folder')(machine.lend(), machine);
      await release(machine, 2);
    },
    run: updating('folder'), every: 11,
  }, 20));

  test('import-url without the data, and with the data for a remote alone', async () => {
    await covers({ prepare: withSource, run: urlImport('folder', { noDownload: true }) }, 8);
    await covers({ prepare: withSource, run: urlImport('folder', { toRemote: true }) }, 24);
  });
});

test('an import or update that ends at any request leaves all as it was, and the same command again ends it', async () => {
  const web = await startWeb();
  const scratch = scratchFolder();
  try {
    const template = caseFolder(join(scratch.folder, 'template'));
    for (const folder of [template.folder, template.work, template.remote]) mkdirSync(folder);
    await repository(template);
    const offered = (version: number): void => {
      web.folder = join(web.home, String(version));
      mkdirSync(web.folder, { recursive: true });
      writeFileSync(join(web.folder, 'data.bin'), Buffer.alloc(50_000 + version, `${version} `));
    };
    const bring = inRepo(async (repo, { work }) => void (await importUrl(repo, { url: `${web.url}/data.bin`, cwd: work, force: existsSync(join(work, 'data.bin')) })));
    const renew = inRepo(async (repo, { work }) => void (await update(repo, { targets: ['data.bin.dvc'], cwd: work })));
    let points = 0;
    const atEachRequest = async (from: CaseFolder, act: Story['run']): Promise<CaseFolder> => {
      const undisturbed = fresh(from, join(scratch.folder, `undisturbed-${points}`));
      await act(undisturbed.lend(), undisturbed);
      const [old, wanted] = [workspaceOf(from), workspaceOf(undisturbed)];
      for (const death of DEATHS) {
        for (let at = 1, isOver = false; !isOver; at++) {
          const machine = fresh(from, join(scratch.folder, `point-${++points}`));
          const life = mortal(machine.lend().connect, at, death);
          const outcome = await act({ ...machine.lend(), connect: life.connect }, machine).then(() => 'done', () => 'ended');
          isOver = life.sent() < at;
          assert.equal(outcome, isOver ? 'done' : outcome, `${death} request ${at}`);
          if (outcome === 'ended') assert.deepEqual(workspaceOf(machine), old, `${death} request ${at}`);
          await act(machine.lend(), machine);
          assert.deepEqual(workspaceOf(machine), wanted, `${death} request ${at}, and again`);
          rmSync(machine.folder, { recursive: true });
        }
      }
      return undisturbed;
    };
    offered(1);
    const imported = await atEachRequest(template, bring);
    offered(2);
    await atEachRequest(imported, renew);
    assert.ok(points >= 10, `${points} points`);
  } finally {
    scratch.remove();
    await web.stop();
  }
});

/** Every point was looked at once when this was written; of what is alike in the middle some are each time. */
async function covers(story: Story, least: number): Promise<void> {
  const points = await crashAtEveryPoint({ every: 5, edge: 8, ...story });
  assert.ok(points >= least, `only ${points} points were there to crash at`);
}

function fresh({ folder: from }: CaseFolder, folder: string): CaseFolder {
  copyTree(from, folder);
  return caseFolder(folder);
}

/** Git for people without settings of their own. */
const git = (folder: string, ...args: readonly string[]): void => void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder, stdio: 'pipe', env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' } });

async function repository({ work, lend }: CaseFolder): Promise<void> {
  git(work, 'init', '--quiet', '--template=', '.');
  await init(lend(), { folder: work });
  writeFileSync(join(work, '.dvc/config'), "[core]\n    remote = store\n['remote \"store\"']\n    url = ../../remote\n");
}

/** Data elsewhere, in a version. */
function source(folder: string, version: number): void {
  rmSync(join(folder, 'folder'), { recursive: true, force: true });
  for (const path of ['folder/deeper', `folder/only in ${version}`]) mkdirSync(join(folder, path), { recursive: true });
  for (let at = 0; at < 3; at++) writeFileSync(join(folder, 'folder/deeper', String(at)), at === 0 ? `version ${version}\n` : `the same ${at}\n`);
  writeFileSync(join(folder, `folder/only in ${version}/one`), `only in ${version}\n`);
  writeFileSync(join(folder, 'single.csv'), `single,${version}\n`);
}

async function withSource(machine: CaseFolder): Promise<void> {
  await repository(machine);
  source(join(machine.folder, 'source'), 1);
}

/** Another repository beside this one. */
async function withOther(machine: CaseFolder): Promise<void> {
  await repository(machine);
  const other = join(machine.folder, 'other');
  mkdirSync(other);
  git(other, 'init', '--quiet', '--template=', '.');
  await init(machine.lend(), { folder: other });
  await release(machine, 1);
}

async function release(machine: CaseFolder, version: number): Promise<void> {
  const other = join(machine.folder, 'other');
  source(other, version);
  const repo = await openRepo(machine.lend(), other);
  try {
    await add(repo, { targets: ['folder', 'single.csv'], cwd: other });
  } finally {
    repo.commits.close();
  }
  git(other, 'add', '--all');
  git(other, 'commit', '--quiet', '--message', `version ${version}`);
}


/** After a crash the data may lie there already: then only force takes it. */
const urlImport = (name: string, flags: { readonly noDownload?: boolean; readonly toRemote?: boolean } = {}): Story['run'] => inRepo(async (repo, { work }) => void (await importUrl(repo, { url: `../source/${name}`, cwd: work, force: existsSync(join(work, name)), ...flags })));
const repoImport = (path: string): Story['run'] => inRepo(async (repo, { work }) => void (await importData(repo, { url: '../other', path, cwd: work, force: existsSync(join(work, path)) })));
const updating = (name: string): Story['run'] => inRepo(async (repo, { work }) => void (await update(repo, { targets: [`${name}.dvc`], cwd: work })));

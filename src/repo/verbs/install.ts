import { join, relative, resolve } from 'node:path';

import { makeFolders } from '../../disk/folders.ts';
import { readText } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { TowlineError } from '../../errors.ts';
import { applyEdits } from '../edits.ts';
import { emitYaml } from '../files/yaml-emit.ts';
import { editYaml } from '../files/yaml-edit.ts';
import { parseYaml } from '../files/yaml-text.ts';
import { isYamlList, isYamlMap, sameYaml, type YamlMap, type YamlValue } from '../files/yaml-value.ts';
import type { Git } from '../git/git.ts';
import { gitTop } from '../git/ignored.ts';
import type { Repo } from '../repo.ts';

/** Where the hooks go: Git's own folder of hooks, or the settings of the pre-commit program. */
export interface InstallRequest { readonly usePreCommitTool?: boolean }
/** The files that were written; none where there is no Git. */
export interface InstallResult { readonly files: readonly string[]; readonly hasGit: boolean }

const HOOKS = ['post-checkout', 'pre-commit', 'pre-push'] as const;
const PRE_COMMIT_FILE = '.pre-commit-config.yaml';

/** Has Git run `tow checkout` after a checkout, `tow status` before a commit and `tow push` before a push, and merge `.dvc` files of directories. Another's hook is never replaced. */
export async function install(repo: Repo, { usePreCommitTool = false }: InstallRequest = {}): Promise<InstallResult> {
  const { git } = repo.workspace;
  if (!git) return { files: [], hasGit: false };
  const files = usePreCommitTool ? installForPreCommit(repo) : await installHooks(repo, git);
  await git.run(['config', 'merge.dvc.name', 'DVC merge driver']);
  await git.run(['config', 'merge.dvc.driver', 'tow git-hook merge-driver --ancestor %O --our %A --their %B --path %P']);
  return { files, hasGit: true };
}

async function installHooks(repo: Repo, git: Git): Promise<readonly string[]> {
  // Git starts hooks in the top folder, which on other commits may lack ours.
  const below = relative(gitTop(repo.root) ?? repo.root, repo.root);
  const enter = below === '' ? '' : `cd '${below.replaceAll("'", `'\\''`)}' 2>/dev/null || exit 0\n`;
  const folder = resolve(repo.root, String(await git.run(['rev-parse', '--git-path', 'hooks'])).replace(/\n$/, ''));
  const scripts = HOOKS.map((name) => ({ name, path: join(folder, name), text: `#!/bin/sh\n${enter}exec tow git-hook ${name} "$@"\n` }));
  for (const { name, path, text } of scripts) {
    const before = readText(path);
    if (before === undefined || before === text) continue;
    throw new TowlineError('ALREADY_EXISTS', `Hook '${name}' already exists. Please refer to <https://man.dvc.org/install> for more info.`, { hint: `No hook was changed. Add 'tow git-hook ${name} "$@"' to '${path}' yourself, or use '--use-pre-commit-tool'.` });
  }
  makeFolders(repo.lent.disk, folder);
  for (const { path, text } of scripts) replaceFile(repo.lent.disk, path, text, { mode: 0o755 });
  return scripts.map(({ path }) => path);
}

/** One entry for the pre-commit program, which finds `tow` where it is installed. */
function installForPreCommit(repo: Repo): readonly string[] {
  const file = PRE_COMMIT_FILE;
  const root = gitTop(repo.root) ?? repo.root;
  const before = readText(`${root}/${file}`);
  const data = before === undefined ? new Map<string, YamlValue>() : parseYaml(before, file);
  if (!isYamlMap(data) && data !== null) throw new TowlineError('CORRUPT', `'${root}/${file}' is not what pre-commit reads: it holds no keys`);
  const settings: YamlMap = isYamlMap(data) ? data : new Map();
  const repos = settings.get('repos');
  const known = isYamlList(repos) ? repos : [];
  if (known.some((one) => sameYaml(one, ENTRY))) return [];
  const state: YamlMap = new Map<string, YamlValue>([...settings, ['repos', [...known, ENTRY]]]);
  applyEdits(repo.lent.disk, root, [{ file, before, after: before === undefined || settings.size === 0 ? emitYaml(state) : editYaml(before, state, file) }]);
  return [`${root}/${file}`];
}

const ENTRY: YamlMap = new Map<string, YamlValue>([
  ['repo', 'local'],
  ['hooks', HOOKS.toReversed().map((name) => new Map<string, YamlValue>([
    ['id', `towline-${name}`],
    ['name', `towline ${name}`],
    ['entry', `tow git-hook ${name}`],
    ['language', 'system'],
    ['stages', [name]],
    ['always_run', true],
    ['verbose', true],
  ]))],
]);

import { resolve } from 'node:path';
import { gcOptions } from '../../remotes/section-tables.ts';
import type { Repo } from '../../repo/repo.ts';
import { readOptions } from '../../storage/options.ts';
import { checkGcRequest, gc as collectGarbage, type Swept } from '../../repo/verbs/gc.ts';
import type { Context } from '../command.ts';
import { defineCommand } from '../command.ts';
import { confirmed } from '../confirmed.ts';
import { TRANSFER } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { formatBytes } from '../progress-line.ts';
import { few } from '../wording.ts';

export const gc = defineCommand({
  positionals: [],
  flags: {
    workspace: { type: 'boolean', short: 'w', help: 'keep what the workspace uses; with the flags below, too' },
    rev: { type: 'string', value: 'commit', help: 'keep what this commit uses' },
    num: { type: 'integer', short: 'n', help: 'and so many commits back from each' },
    allBranches: { type: 'boolean', short: 'a', help: 'keep what the tips of all branches use' },
    allTags: { type: 'boolean', short: 'T', help: 'keep what all tags use' },
    allCommits: { type: 'boolean', short: 'A', help: 'keep what any commit uses' },
    date: { type: 'string', value: 'yyyy-mm-dd', help: 'keep what commits from this day on use' },
    allExperiments: { type: 'boolean', help: 'keep what experiments use' },
    notInRemote: { type: 'boolean', help: 'remove from the cache also what the remote has' },
    cloud: { type: 'boolean', short: 'c', help: 'remove from the remote, too' },
    ...TRANSFER,
    skipFailed: { type: 'boolean', help: 'pass over commits that cannot be read' },
    force: { type: 'boolean', short: 'f', help: 'do not ask' },
    projects: { type: 'string', short: 'p', value: 'path', multiple: true, isGreedy: true, help: 'keep what these repositories use, too' },
    dry: { type: 'boolean', help: 'only print what would be removed' },
    grace: { type: 'integer', value: 'seconds', help: 'on a remote, keep what is younger; of the cache, have it back for so long (default: gc.grace, or a day)' },
    noUndo: { type: 'boolean', help: "free the space at once: no 'gc undo', of earlier ones neither" },
    giveUp: { type: 'string', value: 'path', multiple: true, help: 'remove the files of this directory, whose listing is lost' },
  },
  examples: ['tow gc -w', 'tow gc --all-commits --cloud --dry'],
  moreHelp: async () => ['', 'commands:', '  undo   bring back what gc has taken out of the cache'],
  async run({ flags }, context) {
    const { rev, num, date, allBranches, allTags, allCommits, allExperiments, force, projects, grace, remote, jobs, ...rest } = flags;
    const request = {
      ...rest, branches: allBranches, tags: allTags, commits: allCommits, experiments: allExperiments,
      ...(rev !== undefined && { revision: rev }), ...(num !== undefined && { count: num }), ...(date !== undefined && { since: date }), ...(remote !== undefined && { remote }), ...(jobs !== undefined && jobs > 0 && { jobs }),
    };
    checkGcRequest(request);
    context.warn({ code: 'GC', text: `This will remove all cache except items used in ${kept(flags)} of the current ${projects.length === 0 ? 'repo.' : ['and the following repos:', ...projects.map((path) => `  - ${resolve(context.cwd, path)}`)].join('\n')}` });
    return await withRepository(context, flags, async (repo) => await withProjects(projects, { context, waitForLock: flags.waitForLock }, async (others) => {
      const graceSeconds = grace ?? (await graceOf(repo));
      const result = await collectGarbage(repo, { ...request, projects: others, graceSeconds, ...(!force && { confirm: () => confirmed(context, 'Are you sure you want to proceed? [y/n]: ') }) }, context);
      for (const revision of result?.skipped ?? []) context.warn({ code: 'GC_SKIPPED', text: `'${revision}' cannot be read and was passed over: what only it uses counts as unused` });
      const { kept: aside } = result?.aside ?? {};
      if (aside && aside.count > 0) context.warn({ code: 'GC_UNDO', text: `'tow gc undo' brings back ${aside.count} objects (${formatBytes(aside.bytes)}) that are out of the cache; the first 'gc' that comes when their time of grace is over frees their space, '--no-undo' frees it now` });
      return { wasStopped: result === undefined, ...(result ?? { dry: false, swept: [], skipped: [] }) };
    }));
  },
  *text(result) {
    for (const swept of result.swept) {
      if (result.dry || swept.versions) yield* few(namesOf(swept));
      yield sentence(swept);
      if (swept.tidied) yield `Brought ${swept.tidied.before} segments of remote '${swept.name}' together in ${swept.tidied.after}.`;
    }
  },
  *faults({ swept, wasStopped }) {
    if (wasStopped) yield "nothing was removed: '-f' answers the question beforehand";
    for (const { place, name, failed } of swept) yield* few(failed.map(({ path, reason }) => `failed to remove '${path}' from ${place} '${name}' - ${reason}`));
  },
  exitCode: ({ swept, wasStopped }) => (wasStopped || swept.some(({ failed }) => failed.length > 0) ? 1 : 0),
});

function namesOf({ name, folder, objects, versions }: Swept): readonly string[] {
  if (versions) return versions.map(({ path, versionId }) => `Removing ${name}: ${path} (version ${versionId})`);
  return objects.map((oid) => `Removing ${folder === undefined ? `${name}: ${oid}` : `${folder}/${oid.slice(0, 2)}/${oid.slice(2)}`}`);
}

/** DVC's words. */
function sentence({ place, name, count, versions }: Swept): string {
  if (versions) return count > 0 ? `Removed ${count} versions from remote.` : 'No unused versions to remove from remote.';
  if (place === 'remote') return count > 0 ? `Removed ${count} objects from remote.` : 'No unused cache to remove from remote.';
  return count > 0 ? `Removed ${count} objects from ${name} cache.` : `No unused '${name}' cache to remove.`;
}

interface Kept { readonly allCommits: boolean; readonly allBranches: boolean; readonly allTags: boolean; readonly allExperiments: boolean; readonly notInRemote: boolean; readonly num: number | undefined; readonly rev: string | undefined; readonly date: string | undefined }

/** What stays, in DVC's words. */
function kept({ allCommits, allBranches, allTags, allExperiments, notInRemote, num, rev, date }: Kept): string {
  const count = num ?? (rev === undefined ? undefined : 1);
  const branches = count === undefined ? ' and all git branches' : ` and last ${count} commits from all git branches`;
  const tags = count === undefined && allBranches ? ' and tags' : ' and all git tags';
  const some = [...(allBranches ? [branches] : []), ...(allTags ? [tags] : []), ...(date === undefined ? [] : [` and all git commits from ${date} on`]), ...(rev === undefined ? [] : [` and last ${count ?? 1} commits from ${rev}`])];
  return ['the workspace', ...(allCommits ? [' and all git commits'] : some), ...(allExperiments ? [' and all experiments'] : []), ...(notInRemote ? [' that are not present in the DVC remote'] : [])].join('');
}

/** Opens and locks each of the other repositories. */
async function withProjects<T>([path, ...others]: readonly string[], { context, waitForLock }: { readonly context: Context; readonly waitForLock: boolean }, work: (repos: readonly Repo[]) => Promise<T>): Promise<T> {
  if (path === undefined) return await work([]);
  return await withRepository({ ...context, cwd: resolve(context.cwd, path) }, { waitForLock }, async (repo) => await withProjects(others, { context, waitForLock }, async (rest) => await work([repo, ...rest])));
}

async function graceOf(repo: Repo): Promise<number> {
  const settings = (await repo.workspace.config()).section('gc');
  return readOptions(gcOptions, settings).grace;
}

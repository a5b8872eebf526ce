import { TowlineError } from '../../errors.ts';
import type { CloudStatus } from '../../repo/verbs/status-cloud.ts';
import { type LocalStatus, type StageName, type StageStatus, status as statusOfStages } from '../../repo/verbs/status.ts';
import { defineCommand } from '../command.ts';
import { SELECTION, SHARED, TRANSFER } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { shardOf } from '../shard-of.ts';
import { fromHere } from '../wording.ts';

type Result =
  | { readonly kind: 'local'; readonly local: LocalStatus; readonly show: (path: string) => string }
  | { readonly kind: 'cloud'; readonly cloud: CloudStatus; readonly show: (path: string) => string };

export const status = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    ...TRANSFER,
    ...SHARED,
    cloud: { type: 'boolean', short: 'c', help: 'compare the cache with a remote' },
    ...SELECTION,
    noUpdates: { type: 'boolean', help: 'ignore updates of imported data' },
  },
  examples: ['tow status', 'tow status -c -r backup'],
  failure: '',
  async run({ flags, positionals }, context): Promise<Result> {
    const share = shardOf(flags);
    const { remote, shard: _shard, ...selection } = flags;
    const request = { ...selection, targets: positionals, cwd: context.cwd };
    return withRepository(context, { ...flags, isShared: true, onlyLooks: true }, async (repo): Promise<Result> => {
      const show = (path: string): string => fromHere(repo.root, context.cwd, path);
      if (!flags.cloud && remote === undefined) {
        refuseMeaningless(flags);
        const local = await statusOfStages(repo, request, context);
        for (const stage of local.frozen) context.warn({ code: 'FROZEN', text: `stage: '${addressOf(stage, show)}' is frozen. Its dependencies are not going to be shown in the status output.` });
        return { kind: 'local', local, show };
      }
      const { statusCloud } = await import('../../repo/verbs/status-cloud.ts');
      return { kind: 'cloud', cloud: await statusCloud(repo, { ...request, ...share, ...(remote !== undefined && { remote }) }, context), show };
    });
  },
  *text(result) {
    if (result.kind === 'cloud') yield* cloudLines(result.cloud, result.show);
    else if (result.local.stages.length === 0) yield* result.local.isEmpty ? NOTHING_TRACKED : [UP_TO_DATE];
    else for (const stage of result.local.stages) yield* stageLines(stage, result.show);
  },
  json(result) {
    if (result.kind === 'cloud') return Object.fromEntries(Object.entries(result.cloud.changes).map(([path, change]) => [result.show(path), change]));
    return Object.fromEntries(result.local.stages.map((stage) => [addressOf(stage.stage, result.show), stageJson(stage, result.show)]));
  },
  exitCode(result, { flags }) {
    if (result.kind === 'cloud') return Object.values(result.cloud.changes).includes('missing') ? 1 : 0;
    return flags.quiet && result.local.stages.length > 0 ? 1 : 0;
  },
});

const UP_TO_DATE = 'Data and pipelines are up to date.';
const NOTHING_TRACKED = ['There are no data or pipelines tracked in this project yet.', 'See <https://dvc.org/doc/start> to get started!'];

function refuseMeaningless(flags: { readonly allBranches: boolean; readonly allTags: boolean; readonly allCommits: boolean; readonly jobs: number | undefined; readonly shard: string | undefined }): void {
  const given = [...(flags.allBranches ? ['--all-branches'] : []), ...(flags.allTags ? ['--all-tags'] : []), ...(flags.allCommits ? ['--all-commits'] : []), ...(flags.jobs === undefined ? [] : ['--jobs']), ...(flags.shard === undefined ? [] : ['--shard'])];
  if (given.length > 0) throw new TowlineError('INVALID_ARGUMENT', `The following options are meaningless for local status: ${given.join(', ')}`, { hint: "With '-c' the cache is compared with a remote." });
}

/** A stage as seen from where one stands: only one of the `dvc.yaml` right here goes by its name alone. */
function addressOf({ file, name }: StageName, show: (path: string) => string): string {
  const shown = show(file);
  if (name === undefined) return shown;
  return shown === 'dvc.yaml' ? name : `${shown}:${name}`;
}

function* cloudLines({ changes, remotes, isEmpty }: CloudStatus, show: (path: string) => string): Iterable<string> {
  const entries = Object.entries(changes);
  if (isEmpty) yield* NOTHING_TRACKED;
  else if (entries.length === 0) yield remotes.length === 0 ? UP_TO_DATE : `Cache and remote '${remotes.join(', ')}' are in sync.`;
  for (const [path, change] of entries) yield `\t${`${change}:`.padEnd(20)}${show(path)}`;
}

function* stageLines(stage: StageStatus, show: (path: string) => string): Iterable<string> {
  yield `${addressOf(stage.stage, show)}:`;
  for (const [title, changes] of [['changed deps', stage.changedDependencies], ['changed outs', stage.changedOutputs]] as const) {
    if (Object.keys(changes).length > 0 || (title === 'changed deps' && Object.keys(stage.changedSources).length > 0)) yield `\t${title}:`;
    if (title === 'changed deps') for (const [source, change] of Object.entries(stage.changedSources)) yield `\t\t${`${change}:`.padEnd(20)}${source}`;
    for (const [path, change] of Object.entries(changes)) {
      if (typeof change === 'string') yield `\t\t${`${change}:`.padEnd(20)}${show(path)}`;
      else {
        yield `\t\t${show(path)}:`;
        for (const [name, what] of Object.entries(change)) yield `\t\t\t${`${what}:`.padEnd(20)}${name}`;
      }
    }
  }
  for (const remark of stage.remarks) yield `\t${remark}`;
}

function stageJson(stage: StageStatus, show: (path: string) => string): unknown[] {
  const shown = (changes: Readonly<Record<string, unknown>>): Record<string, unknown> => Object.fromEntries(Object.entries(changes).map(([path, change]) => [show(path), change]));
  return [
    ...(Object.keys(stage.changedDependencies).length + Object.keys(stage.changedSources).length > 0 ? [{ 'changed deps': { ...stage.changedSources, ...shown(stage.changedDependencies) } }] : []),
    ...(Object.keys(stage.changedOutputs).length > 0 ? [{ 'changed outs': shown(stage.changedOutputs) }] : []),
    ...stage.remarks,
  ];
}

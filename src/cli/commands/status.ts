import { type CloudStatus, statusCloud } from '../../repo/verbs/status-cloud.ts';
import { type StageStatus, status as statusOfStages } from '../../repo/verbs/status.ts';
import { defineCommand } from '../command.ts';
import { SELECTION, TRANSFER } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { fromHere } from '../wording.ts';

type Result =
  | { readonly kind: 'stages'; readonly stages: readonly StageStatus[]; readonly show: (path: string) => string }
  | { readonly kind: 'cloud'; readonly cloud: CloudStatus; readonly show: (path: string) => string };

export const status = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    ...TRANSFER,
    cloud: { type: 'boolean', short: 'c', help: 'compare the cache with a remote' },
    ...SELECTION,
    noUpdates: { type: 'boolean', help: 'ignore updates of imported data' },
  },
  examples: ['tow status', 'tow status -c -r backup'],
  failure: '',
  async run({ flags, positionals }, context): Promise<Result> {
    const { remote, ...selection } = flags;
    const request = { ...selection, targets: positionals, cwd: context.cwd };
    return withRepository(context, flags, async (repo): Promise<Result> => {
      const show = (path: string): string => fromHere(repo.root, context.cwd, path);
      if (!flags.cloud && remote === undefined && !flags.allBranches && !flags.allTags && !flags.allCommits) return { kind: 'stages', stages: await statusOfStages(repo, request, context), show };
      return { kind: 'cloud', cloud: await statusCloud(repo, { ...request, ...(remote !== undefined && { remote }) }, context), show };
    });
  },
  *text(result) {
    if (result.kind === 'cloud') yield* cloudLines(result.cloud, result.show);
    else if (result.stages.length === 0) yield 'Data and pipelines are up to date.';
    else for (const stage of result.stages) yield* stageLines(stage, result.show);
  },
  json(result) {
    if (result.kind === 'cloud') return Object.fromEntries(Object.entries(result.cloud.changes).map(([path, change]) => [result.show(path), change]));
    return Object.fromEntries(result.stages.map((stage) => [result.show(stage.address), stageJson(stage, result.show)]));
  },
  exitCode(result, { flags }) {
    if (result.kind === 'cloud') return Object.values(result.cloud.changes).includes('missing') ? 1 : 0;
    return flags.quiet && result.stages.length > 0 ? 1 : 0;
  },
});

function* cloudLines({ changes, remotes }: CloudStatus, show: (path: string) => string): Iterable<string> {
  const entries = Object.entries(changes);
  if (entries.length === 0) yield remotes.length === 0 ? 'Data and pipelines are up to date.' : `Cache and remote '${remotes.join(', ')}' are in sync.`;
  for (const [path, change] of entries) yield `\t${`${change}:`.padEnd(20)}${show(path)}`;
}

function* stageLines(stage: StageStatus, show: (path: string) => string): Iterable<string> {
  yield `${show(stage.address)}:`;
  for (const [title, changes] of [['changed deps', stage.changedDependencies], ['changed outs', stage.changedOutputs]] as const) {
    if (Object.keys(changes).length > 0) yield `\t${title}:`;
    for (const [path, change] of Object.entries(changes)) {
      if (typeof change === 'string') yield `\t\t${`${change}:`.padEnd(20)}${show(path)}`;
      else {
        yield `\t\t${show(path)}:`;
        for (const [name, what] of Object.entries(change)) yield `\t\t\t${`${what}:`.padEnd(20)}${name}`;
      }
    }
  }
  if (stage.changedCommand) yield '\tchanged command';
}

function stageJson(stage: StageStatus, show: (path: string) => string): unknown[] {
  const shown = (changes: Readonly<Record<string, unknown>>): Record<string, unknown> => Object.fromEntries(Object.entries(changes).map(([path, change]) => [show(path), change]));
  return [
    ...(Object.keys(stage.changedDependencies).length > 0 ? [{ 'changed deps': shown(stage.changedDependencies) }] : []),
    ...(Object.keys(stage.changedOutputs).length > 0 ? [{ 'changed outs': shown(stage.changedOutputs) }] : []),
    ...(stage.changedCommand ? ['changed command'] : []),
  ];
}

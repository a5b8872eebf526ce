import { type DataChanges, type DataStatus, dataStatus as statusOfData } from '../../repo/verbs/data-status.ts';
import { defineCommand } from '../command.ts';
import { withUnlockedRepository } from '../open-repository.ts';
import { fromHere } from '../wording.ts';

/** The sections in DVC's order, without the empty ones: what `--json` prints. */
interface Sections {
  readonly not_in_cache?: readonly string[];
  readonly not_in_remote?: readonly string[];
  readonly committed?: DataChanges;
  readonly uncommitted?: DataChanges;
  readonly untracked?: readonly string[];
  readonly unchanged?: readonly string[];
}

interface Result {
  readonly sections: Sections;
  readonly git: DataStatus['git'];
}

export const dataStatus = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    granular: { type: 'boolean', help: 'look at each file of tracked directories' },
    unchanged: { type: 'boolean', help: 'show what has not changed, too' },
    untrackedFiles: { type: 'optional', value: 'no|all', choices: ['no', 'all'], help: 'show files that neither Git nor we track' },
    remote: { type: 'string', short: 'r', value: 'name', help: "remote storage to ask (only with '--not-in-remote')" },
    notInRemote: { type: 'boolean', help: 'show what is not on the remote' },
    noRemoteRefresh: { type: 'boolean', help: 'accepted for DVC: the remote is always asked, nothing about it is remembered' },
  },
  examples: ['tow data status', 'tow data status --granular data', 'tow data status --not-in-remote -r backup'],
  async run({ flags, positionals }, context): Promise<Result> {
    const { granular, unchanged, notInRemote, remote } = flags;
    const untrackedFiles = flags.untrackedFiles === undefined || flags.untrackedFiles === 'no' ? 'no' : 'all';
    const request = { targets: positionals, cwd: context.cwd, granular, unchanged, untrackedFiles, notInRemote, ...(remote !== undefined && { remote }) } as const;
    return withUnlockedRepository(context, async (repo) => {
      const status = await statusOfData(repo, request, context);
      return { sections: sectionsOf(status, { unchanged, show: (path) => fromHere(repo.root, context.cwd, path) }), git: status.git };
    });
  },
  *text({ sections, git }) {
    const shown = Object.entries(sections) as [keyof Sections, DataChanges | readonly string[]][];
    if (shown.length === 0) yield git.isEmpty ? 'No changes in an empty git repo.' : 'No changes.';
    for (const [at, [name, section]] of shown.entries()) {
      if (at > 0) yield '';
      yield `${LABELS[name]}:`;
      for (const hint of HINTS[name]) yield `  (${hint})`;
      for (const line of Array.isArray(section) ? section : changeLines(section as DataChanges)) yield `        ${line}`;
    }
    if (git.isDirty) yield `(there are ${shown.length > 0 ? 'other ' : ''}changes not tracked by dvc, use "git status" to see)`;
  },
  json: ({ sections }) => sections,
});

const LABELS = {
  not_in_cache: 'Not in cache',
  not_in_remote: 'Not in remote',
  committed: 'DVC committed changes',
  uncommitted: 'DVC uncommitted changes',
  untracked: 'Untracked files',
  unchanged: 'DVC unchanged files',
} as const satisfies Record<keyof Sections, string>;

const HINTS: Readonly<Record<keyof Sections, readonly string[]>> = {
  not_in_cache: ['use "dvc fetch <file>..." to download files'],
  not_in_remote: ['use "dvc push <file>..." to upload files'],
  committed: ['git commit the corresponding dvc files to update the repo'],
  uncommitted: ['use "dvc commit <file>..." to track changes', 'use "dvc checkout <file>..." to discard changes'],
  untracked: ['use "git add <file> ..." or "dvc add <file>..." to commit to git or to dvc'],
  unchanged: [],
};

/** Untracked files are shown from where one stands, all else from the root: so does DVC. */
function sectionsOf(status: DataStatus, { unchanged, show }: { readonly unchanged: boolean; readonly show: (path: string) => string }): Sections {
  const { notInCache, notInRemote, committed, uncommitted, untracked } = status;
  const all = { not_in_cache: notInCache, not_in_remote: notInRemote, committed, uncommitted, untracked: untracked.map(show), unchanged: unchanged ? status.unchanged : [] };
  return Object.fromEntries(Object.entries(all).filter(([, section]) => Object.keys(section).length > 0));
}

function changeLines(changes: DataChanges): readonly string[] {
  const { renamed, ...others } = changes;
  const lines = Object.entries({ ...others, renamed: renamed?.map((one) => `${one.old} -> ${one.new}`) });
  return lines.flatMap(([kind, labels]) => (labels ?? []).map((label) => `${kind}: ${label}`));
}

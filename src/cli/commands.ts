import type { Command } from './command.ts';
import type { Listed } from './listed.ts';

const of = (group: Listed['group'], summary: string, load: () => Promise<unknown>): Listed => ({ group, summary, load: load as () => Promise<Command> });

/** Every command, once. The help reads this table alone; a command's module is loaded only when it is the one asked for. */
export const commands: Readonly<Record<string, Listed>> = {
  add: of('data', 'Track data files or directories', async () => (await import('./commands/add.ts')).add),
  commit: of('data', 'Record changes of tracked data', async () => (await import('./commands/commit.ts')).commit),
  remove: of('data', 'Stop tracking data', async () => (await import('./commands/remove.ts')).remove),
  move: of('data', 'Rename or move tracked data', async () => (await import('./commands/move.ts')).move),
  checkout: of('data', 'Bring tracked data from the cache to the workspace', async () => (await import('./commands/checkout.ts')).checkout),
  status: of('data', 'Show what has changed in the workspace, or against a remote', async () => (await import('./commands/status.ts')).status),
  'data status': of('data', 'Show changes between the last commit, the tracked state and the workspace', async () => (await import('./commands/data-status.ts')).dataStatus),
  diff: of('data', 'Show what differs between commits, or a commit and the workspace', async () => (await import('./commands/diff.ts')).diff),
  freeze: of('data', 'Keep stages and imports as they are', async () => (await import('./commands/freeze.ts')).freeze),
  unfreeze: of('data', 'Let stages and imports follow what they read again', async () => (await import('./commands/unfreeze.ts')).unfreeze),
  unprotect: of('data', 'Make linked files of the workspace your own to change', async () => (await import('./commands/unprotect.ts')).unprotect),
  push: of('sync', 'Upload tracked data to a remote', async () => (await import('./commands/push.ts')).push),
  pull: of('sync', 'Download tracked data and put it into the workspace', async () => (await import('./commands/pull.ts')).pull),
  fetch: of('sync', 'Download tracked data to the cache', async () => (await import('./commands/fetch.ts')).fetch),
  'import-url': of('data', 'Bring data from a URL and track it', async () => (await import('./commands/import-url.ts')).importUrl),
  update: of('data', 'Bring imports up to date with where they come from', async () => (await import('./commands/update.ts')).update),
  'get-url': of('data', 'Download a file or folder from a URL', async () => (await import('./commands/get-url.ts')).getUrl),
  'list-url': of('data', 'List what is at a URL', async () => (await import('./commands/list-url.ts')).listUrl),
  'ls-url': of('data', 'The same as list-url', async () => (await import('./commands/ls-url.ts')).lsUrl),
  get: of('data', 'Download a file or folder of another repository', async () => (await import('./commands/get.ts')).get),
  import: of('data', 'Bring a file or folder of another repository and track it', async () => (await import('./commands/import.ts')).import),
  list: of('data', 'List what is in another repository', async () => (await import('./commands/list.ts')).list),
  ls: of('data', 'The same as list', async () => (await import('./commands/ls.ts')).ls),
  du: of('data', 'Show how large the files of a repository are', async () => (await import('./commands/du.ts')).du),
  'artifacts get': of('data', 'Download an artifact of another repository', async () => (await import('./commands/artifacts-get.ts')).artifactsGet),
  worker: of('sync', "Send objects for pushes that were begun with '--workers'", async () => (await import('./commands/worker.ts')).worker),
  whereis: of('sync', 'Show in which of the cache and the remotes tracked data is', async () => (await import('./commands/whereis.ts')).whereis),
  gc: of('sync', 'Remove data that nothing uses from the cache, or from a remote', async () => (await import('./commands/gc.ts')).gc),
  'gc undo': of('sync', 'Bring back what gc has taken out of the cache', async () => (await import('./commands/gc-undo.ts')).gcUndo),
  'remote add': of('remotes', 'Add a remote', async () => (await import('./commands/remote-add.ts')).remoteAdd),
  'remote default': of('remotes', 'Show, set or unset the default remote', async () => (await import('./commands/remote-default.ts')).remoteDefault),
  'remote modify': of('remotes', 'Change an option of a remote', async () => (await import('./commands/remote-modify.ts')).remoteModify),
  'remote list': of('remotes', 'List the remotes', async () => (await import('./commands/remote-list.ts')).remoteList),
  'remote remove': of('remotes', 'Remove a remote', async () => (await import('./commands/remote-remove.ts')).remoteRemove),
  'remote rename': of('remotes', 'Rename a remote', async () => (await import('./commands/remote-rename.ts')).remoteRename),
  'remote test': of('remotes', 'Try everything a remote must be able to do', async () => (await import('./commands/remote-test.ts')).remoteTest),
  'remote du': of('remotes', 'Show how much lies on a remote, and what it is', async () => (await import('./commands/remote-du.ts')).remoteDu),
  'remote list-objects': of('remotes', 'List the objects on a remote', async () => (await import('./commands/remote-list-objects.ts')).remoteListObjects),
  'remote copy': of('remotes', 'Copy what one remote lacks from another', async () => (await import('./commands/remote-copy.ts')).remoteCopy),
  'remote verify': of('remotes', 'Compare every object of a remote with its name, and repair', async () => (await import('./commands/remote-verify.ts')).remoteVerify),
  config: of('remotes', 'Get or set settings', async () => (await import('./commands/config.ts')).config),
  'clearml upload': of('clearml', 'Upload a file or a folder', async () => (await import('./commands/clearml-upload.ts')).clearmlUpload),
  'clearml download': of('clearml', 'Download an object or a folder', async () => (await import('./commands/clearml-download.ts')).clearmlDownload),
  'clearml ls': of('clearml', 'List objects by the beginning of their URL', async () => (await import('./commands/clearml-ls.ts')).clearmlLs),
  'clearml exists': of('clearml', 'Say whether an object is there', async () => (await import('./commands/clearml-exists.ts')).clearmlExists),
  'clearml size': of('clearml', 'Print the size of an object in bytes', async () => (await import('./commands/clearml-size.ts')).clearmlSize),
  'clearml cat': of('clearml', 'Print what an object holds', async () => (await import('./commands/clearml-cat.ts')).clearmlCat),
  'clearml rm': of('clearml', 'Delete an object', async () => (await import('./commands/clearml-rm.ts')).clearmlRm),
  'clearml cache get': of('clearml', 'Print the path of a copy in the cache', async () => (await import('./commands/clearml-cache-get.ts')).clearmlCacheGet),
  'clearml cache list': of('clearml', 'List what is in the cache', async () => (await import('./commands/clearml-cache-list.ts')).clearmlCacheList),
  'clearml cache clean': of('clearml', 'Throw away what is beyond the limit, or all', async () => (await import('./commands/clearml-cache-clean.ts')).clearmlCacheClean),
  'clearml cache limit': of('clearml', 'Show the limit of the cache, or cut down to one', async () => (await import('./commands/clearml-cache-limit.ts')).clearmlCacheLimit),
  'clearml cache dir': of('clearml', 'Print the folder of the cache', async () => (await import('./commands/clearml-cache-dir.ts')).clearmlCacheDir),
  'clearml config show': of('clearml', 'Show clearml.conf, merged, with origins', async () => (await import('./commands/clearml-config-show.ts')).clearmlConfigShow),
  'clearml config check': of('clearml', 'Say which entry of clearml.conf a URL uses', async () => (await import('./commands/clearml-config-check.ts')).clearmlConfigCheck),
  'check-ignore': of('repository', 'Say whether .dvcignore hides paths', async () => (await import('./commands/check-ignore.ts')).checkIgnore),
  'cache dir': of('repository', 'Show or set the folder of the cache', async () => (await import('./commands/cache-dir.ts')).cacheDir),
  'cache migrate': of('repository', 'Bring the cache from the layout of DVC 2 to that of DVC 3', async () => (await import('./commands/cache-migrate.ts')).cacheMigrate),
  'cache verify': of('repository', 'Compare every object of the cache with its name, and repair', async () => (await import('./commands/cache-verify.ts')).cacheVerify),
  'pod save': of('pods', 'Save a state as the next version of a pod', async () => (await import('./commands/pod-save.ts')).podSave),
  'pod load': of('pods', 'Load a version of a pod', async () => (await import('./commands/pod-load.ts')).podLoad),
  'pod list': of('pods', 'List pods', async () => (await import('./commands/pod-list.ts')).podList),
  'pod versions': of('pods', 'List the versions of a pod', async () => (await import('./commands/pod-versions.ts')).podVersions),
  'pod inspect': of('pods', 'Show what is in a version of a pod', async () => (await import('./commands/pod-inspect.ts')).podInspect),
  'pod diff': of('pods', 'Show what differs between two versions or pods', async () => (await import('./commands/pod-diff.ts')).podDiff),
  'pod delete': of('pods', 'Delete a pod, or a version of one', async () => (await import('./commands/pod-delete.ts')).podDelete),
  'pod remote add': of('pods', 'Add a remote for pods', async () => (await import('./commands/pod-remote-add.ts')).podRemoteAdd),
  'pod remote delete': of('pods', 'Delete a remote for pods', async () => (await import('./commands/pod-remote-delete.ts')).podRemoteDelete),
  'pod remote list': of('pods', 'List the remotes for pods', async () => (await import('./commands/pod-remote-list.ts')).podRemoteList),
  'state export': of('pods', 'Write the state of LocalStack to a zip', async () => (await import('./commands/state-export.ts')).stateExport),
  'state import': of('pods', 'Load the state in a zip into LocalStack', async () => (await import('./commands/state-import.ts')).stateImport),
  'state reset': of('pods', 'Throw away the state of LocalStack', async () => (await import('./commands/state-reset.ts')).stateReset),
  'state inspect': of('pods', 'Show what is in a state', async () => (await import('./commands/state-inspect.ts')).stateInspect),
  init: of('repository', 'Make a repository', async () => (await import('./commands/init.ts')).init),
  install: of('repository', 'Have Git run tow in its hooks', async () => (await import('./commands/install.ts')).install),
  destroy: of('repository', 'Remove all of DVC, keep the data', async () => (await import('./commands/destroy.ts')).destroy),
  'git-hook pre-commit': of('repository', 'What Git runs before a commit: status', async () => (await import('./commands/git-hook-pre-commit.ts')).gitHookPreCommit),
  'git-hook pre-push': of('repository', 'What Git runs before a push: push', async () => (await import('./commands/git-hook-pre-push.ts')).gitHookPrePush),
  'git-hook post-checkout': of('repository', 'What Git runs after a checkout: checkout', async () => (await import('./commands/git-hook-post-checkout.ts')).gitHookPostCheckout),
  'git-hook merge-driver': of('repository', "Merge two versions of a directory's .dvc file for Git", async () => (await import('./commands/git-hook-merge-driver.ts')).gitHookMergeDriver),
  root: of('repository', 'Print the way to the root of the repository', async () => (await import('./commands/root.ts')).root),
  version: of('repository', 'Show the version, the system and the repository', async () => (await import('./commands/version.ts')).version),
  demo: of('other', 'See the main job done, step by step, in a temporary folder', async () => (await import('./commands/demo.ts')).demo),
  completion: of('other', 'Print the completion script for a shell', async () => (await import('./commands/completion.ts')).completionOf(commands)),
};

/** Other names of commands, as DVC has them. */
const ALIASES: Readonly<Record<string, string>> = { mv: 'move', rm: 'remove', doctor: 'version' };

/** The words with the proper name of a command in place of another one. */
export function withoutAlias([first = '', ...rest]: readonly string[]): readonly string[] {
  return [ALIASES[first] ?? first, ...rest];
}

/** The command that the first words name: the longest name wins. */
export function commandNamed(words: readonly string[]): string | undefined {
  return [3, 2, 1].map((count) => words.slice(0, count).join(' ')).find((name) => commands[name] !== undefined);
}

/** The group that the first words name: 'remote', 'clearml cache'. */
export function groupNamed(words: readonly string[]): string | undefined {
  return [2, 1].map((count) => words.slice(0, count).join(' ')).find((prefix) => wordsBelow(prefix).length > 0);
}

/** What may follow the name of a group. */
export function wordsBelow(prefix: string): readonly string[] {
  const members = Object.keys(commands).filter((name) => name.startsWith(`${prefix} `));
  return [...new Set(members.map((name) => name.slice(prefix.length + 1).split(' ')[0] ?? ''))];
}

/** DVC's commands for data that are not ours yet: whoever types one is sent to DVC. */
export const DVC_COMMANDS: ReadonlySet<string> = new Set([
  'import-db', 'test-db',
]);

/** DVC's commands that run pipelines or experiments: not ours, and said so in one line. */
export const PIPELINE_COMMANDS: ReadonlySet<string> = new Set(['repro', 'run', 'exp', 'experiments', 'metrics', 'plots', 'params', 'stage', 'queue', 'machine', 'studio', 'dag', 'dataset', 'ds']);

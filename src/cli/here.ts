import { hasCode } from '../errors.ts';
import { createBandwidth } from '../storage/bandwidth.ts';
import { createProcessRuntime } from './process-runtime.ts';

/** Where one is, in three lines: what `tow` says when asked for nothing. */
export async function here(cwd: string): Promise<readonly string[]> {
  const { findRoot } = await import('../repo/find-root.ts');
  try {
    const root = findRoot(cwd);
    const { openRepo } = await import('../repo/open.ts');
    const { lend } = await import('./open-repository.ts');
    const runtime = createProcessRuntime(SILENT);
    const context = { ...runtime, cwd, pid: process.pid, signal: new AbortController().signal, verbosity: 0, bandwidth: createBandwidth(runtime), write: () => Promise.resolve() };
    const repo = await openRepo(lend(context), cwd);
    const config = await repo.workspace.config();
    const { remotes } = config;
    const main = config.get('core', 'remote')?.value;
    return [
      `Repository  ${root}`,
      `Remotes     ${remotes.length === 0 ? "none ('tow remote add -d NAME URL' adds one)" : remotes.map((name) => (name === main ? `${name} (default)` : name)).join(', ')}`,
      "Next        'tow status' shows what has changed, 'tow push' and 'tow pull' exchange data, 'tow --help' lists all",
    ];
  } catch (error) {
    if (!hasCode(error, 'NO_REPOSITORY')) throw error;
    return [`${cwd} is in no DVC repository.`, "'tow init' makes one of a Git repository, 'tow demo' shows what that is good for.", "'tow --help' lists all commands."];
  }
}

const SILENT = { warning: (): void => undefined, trace: (): void => undefined, progress: (): void => undefined };

import { nodeDisk } from '../disk/node.ts';
import { hasCode } from '../errors.ts';
import { findRoot } from '../repo/find-root.ts';
import { applyConfigEdits } from '../remotes/apply-config-edits.ts';
import type { ConfigChange } from '../remotes/config-draft.ts';
import { type Config, readConfig } from '../remotes/config.ts';
import type { ConfigLevel } from '../remotes/levels.ts';
import { lockRepo } from '../repo/locks.ts';
import { unfinishedFolder } from '../repo/unfinished.ts';
import type { Context } from './command.ts';
import type { Values } from './flag.ts';
import type { LEVELS } from './flags.ts';

/** The configuration around the working folder, unchecked, so that a wrong one can be listed and repaired. Outside a repository only that of the machine and the user. */
export async function openConfig(context: Context): Promise<Config> {
  const root = rootOf(context.cwd);
  return readConfig({ runtime: context, ...(root !== undefined && { root }) });
}

/** Changes the configuration under the repository's lock. What comes back are the lines DVC prints. */
export async function changeConfig(context: Context, options: { readonly waitForLock: boolean }, change: (config: Config) => Promise<ConfigChange>): Promise<readonly string[]> {
  const root = rootOf(context.cwd);
  const lock = root === undefined ? undefined : await lockRepo(root, { runtime: context, pid: context.pid, waitForever: options.waitForLock, signal: context.signal });
  try {
    const { edits, output, warnings } = await change(await openConfig(context));
    applyConfigEdits(nodeDisk, edits, root === undefined ? {} : { unfinished: unfinishedFolder(nodeDisk, root) });
    for (const text of warnings) context.warn({ code: 'CONFIG', text });
    return output;
  } finally {
    lock?.release();
  }
}

/** The level that was asked for. */
export function levelOf(flags: Pick<Values<typeof LEVELS>, 'global' | 'system' | 'project' | 'local'>): { readonly level?: ConfigLevel } {
  if (flags.global) return { level: 'global' };
  if (flags.system) return { level: 'system' };
  if (flags.project) return { level: 'repo' };
  return flags.local ? { level: 'local' } : {};
}

/** The repository around a folder; undefined where there is none. */
export function rootOf(cwd: string): string | undefined {
  try {
    return findRoot(cwd);
  } catch (error) {
    if (hasCode(error, 'NO_REPOSITORY')) return undefined;
    throw error;
  }
}

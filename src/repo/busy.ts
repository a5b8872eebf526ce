import { lockFile } from '../disk/lock.ts';
import { readText } from '../disk/read.ts';
import { TowlineError } from '../errors.ts';
import type { Repo } from './repo.ts';
import type { Stage } from './stage.ts';

/** Paths that a command reads and writes, relative to the repository. */
export interface Used {
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
}

/** What stages are made from, and what they make. */
export const usedBy = (stages: readonly Stage[]): { readonly dependencies: readonly string[]; readonly outputs: readonly string[] } => ({
  dependencies: stages.flatMap(({ dependencies }) => dependencies.flatMap((one) => (one.kind === 'path' && one.place === 'repository' ? [one.path] : []))),
  outputs: stages.flatMap(({ outputs }) => outputs.flatMap((one) => (one.place === 'repository' ? [one.path] : []))),
});

/**
 * Throws LOCKED, in DVC's words, where a running command of DVC has these paths for itself. While a stage runs, DVC holds no lock of the
 * repository, and `.dvc/tmp/rwlock` says which paths it reads and writes; whoever holds that lock need not note its own there.
 */
export async function refuseBusy(repo: Repo, { reads = [], writes = [] }: Used): Promise<void> {
  const { write, read } = await readUses(repo);
  for (const [uses, paths] of [[write, [...reads, ...writes]], [read, writes]] as const) {
    for (const { path, users } of uses) {
      const asked = paths.map((one) => `${repo.root}/${one}`).find((one) => one === path || one.startsWith(`${path}/`) || path.startsWith(`${one}/`));
      const alive = asked === undefined ? [] : users.filter(({ pid }) => repo.lent.isRunning?.(pid) ?? true);
      if (asked !== undefined && alive.length > 0) throw busy(repo, asked, alive);
    }
  }
}

interface User { readonly pid: number; readonly cmd: string }
type Uses = readonly { readonly path: string; readonly users: readonly User[] }[];
interface AllUses { readonly write: Uses; readonly read: Uses }

const fileOf = (repo: Repo): string => `${repo.root}/.dvc/tmp/rwlock`;

async function readUses(repo: Repo): Promise<AllUses> {
  const uses = parseUses(readText(fileOf(repo)) ?? '{}');
  if (uses) return uses;
  // DVC writes it in place, and keeps others out meanwhile.
  const guard = await lockFile(`${fileOf(repo)}.lock`, { runtime: repo.lent, pidText: '' });
  try {
    const again = parseUses(readText(fileOf(repo)) ?? '{}');
    if (again) return again;
    throw new TowlineError('CORRUPT', `Unable to read RWLock-file '.dvc/tmp/rwlock'. JSON structure is corrupted`, { hint: 'Remove that file when no command of DVC is running here.' });
  } finally {
    guard.release();
  }
}

function parseUses(text: string): AllUses | undefined {
  try {
    const { write = {}, read = {} } = JSON.parse(text) as { readonly write?: Readonly<Record<string, User>>; readonly read?: Readonly<Record<string, readonly User[]>> };
    return {
      write: Object.entries(write).map(([path, user]) => ({ path, users: [user] })),
      read: Object.entries(read).map(([path, users]) => ({ path, users: [...users] })),
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function busy(repo: Repo, path: string, users: readonly User[]): TowlineError {
  const list = users.map(({ pid, cmd }) => `  (PID ${pid}): ${cmd}`).join('\n');
  return new TowlineError('LOCKED', `'${path}' is busy, it is being blocked by:\n${list}\n\nIf there are no processes with such PIDs, you can manually remove '${fileOf(repo)}' and try again.`, {
    context: { exitCode: 1, path }, retryable: true,
  });
}

import { chmodSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** Nobody of this machine. */
export const STRANGER = 54_321;

/** Does `act` where `folder` may not be entered: its mode is for nobody meanwhile, and root, to whom modes say nothing, is somebody else. */
export async function lockedOut<T>(folder: string, act: () => Promise<T> | T): Promise<T> {
  const own = process.geteuid?.();
  chmodSync(folder, 0o000);
  if (own === 0) process.seteuid?.(STRANGER);
  try {
    return await act();
  } finally {
    if (own === 0) process.seteuid?.(own);
    chmodSync(folder, 0o755);
  }
}

/** Why root cannot be somebody else here: that one would not come to the temporary folder, or these, at all. */
export function whyNoStranger(...folders: readonly string[]): string | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  for (const needed of [tmpdir(), ...folders]) {
    for (let folder = needed; ; folder = dirname(folder)) {
      if ((statSync(folder).mode & 0o001) === 0) return `${folder} is closed to others than root`;
      if (folder === dirname(folder)) break;
    }
  }
  return undefined;
}

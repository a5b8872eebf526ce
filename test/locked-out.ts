import { chmodSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** Nobody of this machine. */
const STRANGER = 54_321;

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

/** Why root cannot be somebody else here: that one would not come to the temporary folder at all. */
export function whyNoStranger(): string | undefined {
  for (let folder = tmpdir(); process.geteuid?.() === 0; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return `${folder} is closed to others than root`;
    if (folder === dirname(folder)) return undefined;
  }
  return undefined;
}

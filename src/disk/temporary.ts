import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const own = randomBytes(12).toString('base64url');
let count = 0;

/** A new name in `folder` for a file that is not whole yet; of the form DVC uses, so that each program knows the other's leftovers. */
export function temporaryPath(folder: string): string {
  count += 1;
  return join(folder, `.${own}${count.toString(36).padStart(6, '0')}.tmp`);
}

/** Whether a file of this name is a leftover of an interrupted write, ours or DVC's. */
export function isTemporaryName(name: string): boolean {
  return /^\.[\w-]{16,64}\.tmp$/.test(name);
}

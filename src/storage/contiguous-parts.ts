import { TowlineError } from '../errors.ts';
import type { Part } from './driver.ts';

/** The parts in order and the size they make; INVALID_ARGUMENT when one is missing or they do not make `size`. */
export function contiguousParts(parts: readonly Part[], { size, where }: { readonly size: number | undefined; readonly where: string }): { readonly ordered: readonly Part[]; readonly size: number } {
  const ordered = parts.toSorted((a, b) => a.number - b.number);
  let position = 0;
  for (const [index, part] of ordered.entries()) {
    if (part.start !== position || part.end < part.start) throw new TowlineError('INVALID_ARGUMENT', `Cannot finish the upload of ${where}: part ${index + 1} does not begin where the one before ends`);
    position = part.end;
  }
  if (ordered.length === 0 || (size !== undefined && position !== size)) throw new TowlineError('INVALID_ARGUMENT', `Cannot finish the upload of ${where}: ${position} of ${String(size)} bytes were sent`);
  return { ordered, size: position };
}

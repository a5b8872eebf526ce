import type { Part } from './driver.ts';

/** What must be known to tell where a part lies: all but the last are of one size. */
export interface Measures {
  readonly partSize: number;
  readonly size: number | undefined;
}

/** Where a part of this number and length lies; undefined when it does not fit, so that it is sent again. */
export function placePart({ number, length, tag }: { readonly number: number; readonly length: number; readonly tag: string }, { partSize, size }: Measures): Part | undefined {
  const start = (number - 1) * partSize;
  const isFitting = size === undefined ? length === partSize : length === Math.min(partSize, size - start);
  return isFitting ? { number, start, end: start + length, tag } : undefined;
}

import { TowlineError } from '../errors.ts';

const MIB = 1024 ** 2;

/** What one service takes as parts of an object. */
export interface PartLimits {
  /** Names the service in messages. */
  readonly service: string;
  readonly mostParts: number;
  readonly smallestPart: number;
  readonly largestPart: number;
  readonly largestObject: number;
  /** For an object whose size nobody knows. */
  readonly unknownSizePart: number;
}

/** The size of the parts: as wanted, but never so small that the most parts do not reach, nor outside what the service takes. */
export function choosePartSize(size: number | undefined, wanted: number, limits: PartLimits): number {
  const known = size ?? 0;
  if (known > limits.largestObject) throw new TowlineError('INVALID_ARGUMENT', `${known} bytes are more than the ${Number((limits.largestObject / 1024 ** 4).toFixed(1))} TiB that ${limits.service} keeps as one object`, { hint: 'Split it.' });
  const needed = Math.ceil(known / limits.mostParts / MIB) * MIB;
  return Math.min(limits.largestPart, Math.max(size === undefined ? limits.unknownSizePart : limits.smallestPart, wanted, needed));
}

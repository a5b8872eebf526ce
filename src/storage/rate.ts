import { TowlineError } from '../errors.ts';

/** Bytes a second in both directions; infinite where there is no limit. */
export interface Rate {
  readonly up: number;
  readonly down: number;
  /** Both directions draw from one budget. */
  readonly isTogether: boolean;
}

/** What a rate looks like, for messages and help. */
export const RATE_FORM = "a rate such as '10M', '512k', '1.5MiB/s', '10M:off' or 'off'";

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/**
 * Reads `10M`, `512k`, `1.5MiB/s`, `off`; with `UP:DOWN` each direction by itself, as rclone's `--bwlimit` has it. Units count by 1024 and a bare number is
 * bytes, as in curl's `--limit-rate`. Throws INVALID_CONFIG.
 */
export function parseRate(text: string): Rate {
  const [first = '', second, ...more] = text.trim().split(':');
  const [up, down] = [perSecond(first), perSecond(second ?? first)];
  if (more.length > 0 || up === undefined || down === undefined) throw new TowlineError('INVALID_CONFIG', `expected ${RATE_FORM}, got '${text}'`);
  return { up, down, isTogether: second === undefined && up !== Infinity };
}

function perSecond(text: string): number | undefined {
  if (/^off$/i.test(text)) return Infinity;
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?(?:\/s)?$/i.exec(text) ?? [];
  const bytes = Math.round(Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  // Nothing would ever arrive at a rate of nothing: who means no limit says 'off'.
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

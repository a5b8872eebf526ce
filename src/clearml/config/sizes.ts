import { TowlineError } from '../../errors.ts';

const UNITS = ['', 'k', 'm', 'g', 't', 'p', 'e', 'z', 'y'];

/** Bytes of '10GB', '1.5 GiB', '42'. 'GB' counts by 1000, 'GiB' by 1024; 'G' alone could be either and is refused, as ClearML does. */
export function parseSize(text: string): number {
  const [, digits, unit = '', binary, bytes] = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgtpezy])(i)?(b)(?:ytes?)?s?|b(?:ytes?)?)?\s*$/i.exec(text) ?? [];
  if (digits === undefined || (unit !== '' && bytes === undefined)) throw new TowlineError('INVALID_CONFIG', `'${text}' is no size`, { hint: "Write a number of bytes, or a number with its unit: '10GB', '512 MiB'." });
  return Math.floor(Number(digits) * (binary === undefined ? 1000 : 1024) ** UNITS.indexOf(unit.toLowerCase()));
}

/** Bytes for people, as ClearML writes them: powers of 1000 and at most two decimals. */
export function formatSize(bytes: number): string {
  const rounded = (value: number): string => String(Number(value.toFixed(2)));
  // 999,995 bytes are '1 MB', as a thousand kilobytes would read worse.
  let power = 0;
  while (power < 5 && Number((bytes / 1000 ** power).toFixed(2)) >= 1000) power += 1;
  if (power === 0) return `${bytes} byte${bytes === 1 ? '' : 's'}`;
  return `${rounded(bytes / 1000 ** power)} ${['', 'KB', 'MB', 'GB', 'TB', 'PB'][power] ?? ''}`;
}

/** A share between 0 and 1: '5%', '5' and '0.05' are the same; numbers below one are shares, others per cent. */
export function parseShare(text: string): number {
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text) ?? [];
  if (digits === undefined) throw new TowlineError('INVALID_CONFIG', `'${text}' is no percentage`, { hint: "Write '5%' or 0.05." });
  const value = Number(digits);
  return percent === '%' || value >= 1 ? value / 100 : value;
}

import type { Measured } from '../measure.ts';
import { median } from '../report.ts';

/** What a row is about, and the goal: a ratio or a figure that is at most or at least so much. A row without a goal only tells. */
export interface Subject { readonly id: string; readonly what: string; readonly beside: string; readonly most?: number; readonly least?: number }
/** One row as measured. `seen` is what the goal speaks of, a value for each pair. */
export interface TableRow extends Subject { readonly seen: readonly number[]; readonly unit: string; readonly figures: string }
export type Pair = readonly [ours: Measured, theirs: Measured];
export interface RatioOptions {
  readonly pairs: readonly Pair[];
  readonly figure: 'cpuSeconds' | 'wallSeconds';
  /** How often theirs holds ours, instead of how often ours holds theirs. */
  readonly isTimesLess?: boolean;
  /** The figures are shown divided by so many objects, in milliseconds. */
  readonly objects?: number;
}

/** Ours to theirs, pair by pair: what else the machine did meets both. */
export function ratioRow(subject: Subject, { pairs, figure, isTimesLess = false, objects }: RatioOptions): TableRow {
  const seen = pairs.map(([ours, theirs]) => (isTimesLess ? theirs[figure] / ours[figure] : ours[figure] / theirs[figure]));
  const middle = (side: 0 | 1): string => {
    const seconds = median(pairs.map((pair) => pair[side][figure]));
    return objects === undefined ? `${short(seconds)} s` : `${short((seconds * 1000) / objects)} ms`;
  };
  return { ...subject, seen, unit: '', figures: `${figure === 'cpuSeconds' ? 'CPU' : 'wall'} ${middle(0)} : ${middle(1)}` };
}

/** A figure that has no yardstick but a number. */
export function figureRow(subject: Subject, { seen, unit, figures = '' }: { readonly seen: readonly number[]; readonly unit: string; readonly figures?: string }): TableRow {
  return { ...subject, seen, unit, figures };
}

/** What could not be measured here, and why. */
export const absentRow = (subject: Subject, why: string): TableRow => ({ ...subject, seen: [], unit: '', figures: why });

export const isMet = ({ seen, most = Infinity, least = -Infinity }: TableRow): boolean => seen.length > 0 && median(seen) <= most && median(seen) >= least;

export function tableLines(rows: readonly TableRow[]): readonly string[] {
  return ['| row | what | beside | goal | seen (spread) | verdict | medians, ours : theirs |', '|---|---|---|---|---|---|---|', ...rows.map(line)];
}

function line(row: TableRow): string {
  const { id, what, beside, most, least, seen, unit, figures } = row;
  const goal = most === undefined ? (least === undefined ? '' : `>= ${short(least)}${unit}`) : `<= ${short(most)}${unit}`;
  const middle = seen.length === 0 ? '' : `${short(median(seen))}${unit} (${short(Math.min(...seen))} to ${short(Math.max(...seen))})`;
  const verdict = seen.length === 0 ? 'not measured' : goal === '' ? '' : isMet(row) ? 'met' : '**not met**';
  return `| ${[id, what, beside, goal, middle, verdict, figures].join(' | ')} |`;
}

/** Three digits that count. */
export const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3));

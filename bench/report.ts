import type { Measured } from './measure.ts';

/** Who can be measured in one scenario. */
export type Rival = 'tow' | 'dvc' | 's5cmd' | 'node' | 'sdk';
export interface Scenario { readonly name: string; readonly remote?: string }
/** All measurements of one scenario; those at one place were made together. */
export interface Row { readonly scenario: Scenario; readonly pairs: readonly Readonly<Partial<Record<Rival, Measured>>>[] }
/** How often the rival's figure holds ours. */
export interface Ratio { readonly median: number; readonly least: number; readonly most: number }
export interface Verdict { readonly what: string; readonly wanted: string; readonly seen: string; readonly holds: boolean }

type Figure = keyof Measured;
/** Commands that find nothing to do, and those that only look. */
const IDLE = new Set(['push again', 'pull again', 'status', 'status -c', 'data status']);
const TIMES_FASTER = 5;
const CPU_PART = 5;
const MEMORY_MEGABYTES = 200;
/** Where a service is far away, how many are under way at once decides. */
const FAR_TIMES_FASTER = 10;
const VERSION_RATIO = 1.3;

export const titleOf = ({ name, remote }: Scenario): string => (remote === undefined ? name : `${name}, ${remote}`);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return (low + high) / 2;
}

/** The rival's figure divided by ours, pair by pair: what else the machine did meets both. */
export function ratioOf(row: Row, rival: Rival, figure: Figure): Ratio | undefined {
  const ratios = row.pairs.flatMap(({ tow, [rival]: other }) => (tow && other ? [other[figure] / tow[figure]] : []));
  return ratios.length === 0 ? undefined : { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** The table of medians and ratios, in Markdown. */
export function ratioTable(rows: readonly Row[]): readonly string[] {
  const lines = ['| scenario | beside | wall s, tow : other | times faster (spread) | CPU s, tow : other | times less (spread) | peak MB, tow : other |', '|---|---|---|---|---|---|---|'];
  for (const row of rows) {
    for (const rival of ['dvc', 's5cmd', 'node', 'sdk'] as const) {
      const [wall, cpu] = [ratioOf(row, rival, 'wallSeconds'), ratioOf(row, rival, 'cpuSeconds')];
      if (!wall || !cpu) continue;
      const both = (figure: Figure): string => `${short(figureOf(row, 'tow', figure))} : ${short(figureOf(row, rival, figure))}`;
      lines.push(`| ${titleOf(row.scenario)} | ${rival} | ${both('wallSeconds')} | ${spread(wall)} | ${both('cpuSeconds')} | ${spread(cpu)} | ${both('peakMegabytes')} |`);
    }
  }
  return lines;
}

/** What is promised, and whether this run holds it. */
export function verdicts(rows: readonly Row[]): readonly Verdict[] {
  return [
    ...rows.filter(({ scenario }) => IDLE.has(scenario.name)).flatMap((row) => verdict(row, ratioOf(row, 'dvc', 'wallSeconds'), { what: 'wall, times faster than DVC', least: TIMES_FASTER })),
    ...onS3(rows).flatMap((row) => verdict(row, ratioOf(row, 'dvc', 'cpuSeconds'), { what: 'CPU, times less than DVC', least: CPU_PART })),
    ...onS3(rows).flatMap((row) => verdict(row, ratioOf(row, 's5cmd', 'wallSeconds'), { what: 'wall, s5cmd : tow', least: 1 })),
    ...onFar(rows).flatMap((row) => [
      ...verdict(row, ratioOf(row, 'dvc', 'wallSeconds'), { what: 'wall, times faster than DVC', least: FAR_TIMES_FASTER }),
      ...verdict(row, ratioOf(row, 's5cmd', 'wallSeconds'), { what: 'wall, s5cmd : tow', least: 1 }),
    ]),
    ...memory(rows),
    ...rows.filter(({ scenario }) => scenario.name === '--version').flatMap((row) => [
      ...verdict(row, ratioOf(row, 'node', 'wallSeconds'), { what: 'wall, `node -e 0` : tow', least: 1 / VERSION_RATIO }),
      ...verdict(row, ratioOf(row, 'node', 'cpuSeconds'), { what: 'CPU, `node -e 0` : tow', least: 1 / VERSION_RATIO }),
    ]),
  ];
}

export function verdictTable(list: readonly Verdict[]): readonly string[] {
  return ['| promise | wanted | seen | holds |', '|---|---|---|---|', ...list.map(({ what, wanted, seen, holds }) => `| ${what} | ${wanted} | ${seen} | ${holds ? 'yes' : '**no**'} |`)];
}

const onS3 = (rows: readonly Row[]): readonly Row[] => rows.filter(({ scenario: { name, remote } }) => (remote === 'minio' || remote === 'rgw') && (name === 'push' || name === 'fetch'));

const onFar = (rows: readonly Row[]): readonly Row[] => rows.filter(({ scenario: { name, remote } }) => remote?.endsWith(' away') === true && (name === 'push' || name === 'fetch'));

export function verdict({ scenario }: Row, ratio: Ratio | undefined, { what, least }: { readonly what: string; readonly least: number }): readonly Verdict[] {
  return ratio === undefined ? [] : [{ what: `${titleOf(scenario)}: ${what}`, wanted: `>= ${short(least)}`, seen: spread(ratio), holds: ratio.median >= least }];
}

function memory(rows: readonly Row[]): readonly Verdict[] {
  const peaks = rows.flatMap((row) => row.pairs.flatMap(({ tow }) => (tow ? [{ megabytes: tow.peakMegabytes, title: titleOf(row.scenario) }] : []))).sort((a, b) => b.megabytes - a.megabytes);
  const [worst] = peaks;
  return worst === undefined ? [] : [{ what: 'peak memory of any command', wanted: `< ${MEMORY_MEGABYTES} MB`, seen: `${worst.megabytes.toFixed(0)} MB (${worst.title})`, holds: worst.megabytes < MEMORY_MEGABYTES }];
}

const figureOf = (row: Row, rival: Rival, figure: Figure): number => median(row.pairs.flatMap(({ [rival]: measured }) => (measured ? [measured[figure]] : [])));
const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3));
const spread = ({ median: middle, least, most }: Ratio): string => `${short(middle)} (${short(least)} to ${short(most)})`;

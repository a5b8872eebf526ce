import type { Case } from '../../src/storage/conformance/index.ts';
import type { Target } from '../targets.ts';

/** How one storage stands to one promise: it keeps it, its protocol has no such verb, or a reason why not. */
function standing({ needs, name }: Case, { lacks, skips }: Target): string {
  if (needs.some((verb) => lacks.includes(verb))) return '·';
  return skips.some((skip) => skip.case === name) ? 'no' : 'yes';
}

/**
 * The table of promises and storages, in Markdown. It is made of what `targets.ts` says; that this is the truth, no more and no less, is what the
 * conformance suite checks: a case that fails and is not listed, or passes and is, is a failure there.
 */
export function conformanceTable(cases: readonly Case[], targets: readonly Target[]): readonly string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const kept = targets.map((target) => cases.filter((one) => standing(one, target) === 'yes').length);
  return [
    row(['promise', ...targets.map(({ name }) => name)]),
    row(['---', ...targets.map(() => '---')]),
    ...cases.map((one) => row([one.name.replaceAll('|', '\\|'), ...targets.map((target) => standing(one, target))])),
    row([`**kept, of ${cases.length}**`, ...kept.map((count) => `**${count}**`)]),
  ];
}

/** Why a 'no' is one, a line for each reason of each storage. */
export function conformanceReasons(targets: readonly Target[]): readonly string[] {
  return targets.flatMap(({ name, skips }) => [...new Set(skips.map(({ reason }) => reason))].map((reason) => `- **${name}**: ${reason} (${skips.filter((skip) => skip.reason === reason).length})`));
}

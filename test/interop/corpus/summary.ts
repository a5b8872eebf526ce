import type { Differing } from './compare.ts';
import { differences } from './differences.ts';
import { asksOf, nameOf, wordsOf, type Ask, type State } from './state.ts';

/** How often each command was asked, and in how many answers we differ on purpose. */
export function commandRows(states: readonly State[], found: readonly Differing[]): readonly string[] {
  const asked = new Map<string, number>();
  for (const state of states) for (const ask of asksOf(state)) asked.set(commandOf(ask), (asked.get(commandOf(ask)) ?? 0) + 1);
  const differing = new Map<string, Set<string>>();
  for (const state of states) {
    for (const ask of asksOf(state)) {
      const name = nameOf(ask);
      if (found.some((one) => one.state === state.name && one.ask === name)) differing.set(commandOf(ask), (differing.get(commandOf(ask)) ?? new Set()).add(`${state.name} ${name}`));
    }
  }
  return [...asked].sort(([a], [b]) => (a < b ? -1 : 1)).map(([command, count]) => `| \`${command}\` | ${count} | ${count - (differing.get(command)?.size ?? 0)} | ${differing.get(command)?.size ?? 0} |`);
}

/** Each difference that is meant, with where it shows. */
export function differenceRows(found: readonly Differing[]): readonly string[] {
  return differences.map((row) => {
    const places = found.filter(({ because }) => because === row);
    const parts = ['code', 'out', 'files'].filter((part) => places.some((one) => one.part === part)).map((part) => PARTS[part as keyof typeof PARTS]);
    const commands = [...new Set(places.map(({ ask }) => `\`${commandOf(ask)}\``))].sort().join(', ');
    return `| ${commands} | ${parts.join(', ')} | ${row.reason} | ${new Set(places.map(({ state, ask }) => `${state} ${ask}`)).size} |`;
  });
}

const PARTS = { code: 'exit code', out: 'stdout', files: 'files' } as const;
const GROUPS = /^(data|remote|cache|config|import-url|get-url|list-url)$/;

/** The command without what it is asked about. */
function commandOf(ask: Ask): string {
  const [first = '', second = '', third = ''] = wordsOf(ask);
  if (first === '--cd') return third;
  if (/^status$/.test(first) && wordsOf(ask).includes('-c')) return 'status -c';
  return GROUPS.test(first) && /^[a-z]+$/.test(second) && first !== 'config' && !first.includes('-') ? `${first} ${second}` : first;
}

export const stateLines = (states: readonly State[]): string => states.map(({ name }) => name).join(' · ');

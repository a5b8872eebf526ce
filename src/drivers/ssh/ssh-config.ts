import { matchesPatterns } from './patterns.ts';
import type { Block, Condition, Criterion, Setting } from './ssh-config-blocks.ts';

/** For whom a configuration is read. */
export interface Query {
  /** As the user wrote it. */
  readonly host: string;
  /** As given in the URL or the remote's settings. */
  readonly user: string | undefined;
  readonly localUser: string;
  readonly warn: (text: string) => void;
}
/** What holds for one host: the first line of each keyword, all lines of those that add up. */
export type Settings = ReadonlyMap<string, readonly Setting[]>;

const ADDING_UP = ['identityfile', 'certificatefile'];

/** What the files say about a host. The first value of a keyword wins, within a file and between files. */
export function resolveSshConfig(files: readonly (readonly Block[])[], query: Query): Settings {
  const settings = new Map<string, Setting[]>();
  let wantsFinal = false;
  for (const isFinal of [false, true]) {
    if (isFinal && !wantsFinal) break;
    const state: State = { query, settings, isFinal, onFinal: () => { wantsFinal = true; } };
    if (isFinal) settleHostName(state);
    for (const blocks of files) apply(blocks, state);
  }
  return settings;
}

/** The first word of a keyword's value. */
export function valueOf(settings: Settings, keyword: string): string | undefined {
  return settings.get(keyword)?.[0]?.args[0];
}

/** Puts in what the tokens stand for; '%%' is '%', an unknown token stays as it is. */
export function expandTokens(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replace(/%(.)/g, (whole, letter: string) => (letter === '%' ? '%' : (tokens[letter] ?? whole)));
}

interface State {
  readonly query: Query;
  readonly settings: Map<string, Setting[]>;
  readonly isFinal: boolean;
  readonly onFinal: () => void;
}

function apply(blocks: readonly Block[], state: State): void {
  for (const { condition, lines } of blocks) {
    if (!holds(condition, state)) continue;
    for (const line of lines) {
      if (line.kind === 'included') apply(line.blocks, state);
      else keep(line, state.settings);
    }
  }
}

function keep(setting: Setting, settings: Map<string, Setting[]>): void {
  const kept = settings.get(setting.keyword);
  if (setting.args.length === 0) return;
  if (kept === undefined) settings.set(setting.keyword, [setting]);
  // The second pass for 'Match final' meets the same lines again.
  else if (ADDING_UP.includes(setting.keyword) && !kept.some((one) => one.rest === setting.rest)) kept.push(setting);
}

function holds(condition: Condition, state: State): boolean {
  if (condition.kind === 'always') return true;
  // In its second pass OpenSSH compares Host lines with the HostName found in the first, in lower case; before, capitals count (9.2, seen with `ssh -G`).
  if (condition.kind === 'host') return matchesPatterns(condition.patterns, state.isFinal ? hostNameSoFar(state) : state.query.host);
  return condition.criteria.length > 0 && condition.criteria.every((criterion) => meets(criterion, state));
}

function meets({ name, isNegated, patterns }: Criterion, state: State): boolean {
  if (name === 'exec') {
    state.query.warn(`a 'Match exec' block of the SSH configuration is passed over: its command '${patterns.join(',')}' is not run`);
    return false;
  }
  if (name === 'final') state.onFinal();
  const isMet = meetsPlainly(name, patterns, state);
  return isMet === undefined ? false : isMet !== isNegated;
}

function hostNameSoFar({ query, settings, isFinal }: Pick<State, 'query' | 'settings' | 'isFinal'>): string {
  const name = expandTokens(valueOf(settings, 'hostname') ?? query.host, { h: query.host });
  return isFinal ? name.toLowerCase() : name;
}

/** OpenSSH takes the name as found, before its second pass: a HostName met only there comes too late (9.2, seen with `ssh -G`). */
function settleHostName(state: State): void {
  const name = hostNameSoFar(state);
  state.settings.set('hostname', [{ kind: 'setting', keyword: 'hostname', args: [name], rest: name }]);
}

/** Undefined for a criterion we do not know: such a block never counts. */
function meetsPlainly(name: string, patterns: readonly string[], { query, settings, isFinal }: State): boolean | undefined {
  switch (name) {
    case 'all': return true;
    case 'final': return isFinal;
    case 'canonical': return false;
    case 'originalhost': return matchesPatterns(patterns, query.host);
    case 'host': return matchesPatterns(patterns, hostNameSoFar({ query, settings, isFinal }));
    case 'user': return matchesPatterns(patterns, query.user ?? valueOf(settings, 'user') ?? query.localUser);
    case 'localuser': return matchesPatterns(patterns, query.localUser);
    default: return undefined;
  }
}

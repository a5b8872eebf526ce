import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Ended, RunOptions } from '../../servers/sandbox.ts';
import { createSandbox, type Sandbox } from '../../servers/sandbox.ts';
import { removeFolder } from '../../servers/server.ts';
import { snapshot, type Snapshot } from '../snapshot.ts';
import { configOf } from '../play.ts';
import type { Program } from './program.ts';
import { asksOf, isReading, nameOf, wordsOf, type Ask, type State, type Step } from './state.ts';

/** How a program answered, as far as another must answer the same. */
export interface Answer {
  readonly code: number | null;
  /** Lines without their order, or data whose lists have none. */
  readonly out: readonly string[] | { readonly json: unknown };
  /** Paths that are new or other, and `null` for what is gone. */
  readonly changes: Readonly<Record<string, string | null>>;
}
/** A state as a program has made it, and its answers there. */
export interface Answers {
  readonly made: Snapshot;
  readonly answers: Readonly<Record<string, Answer>>;
}

// Commits are alike on all machines and days.
const DATE = '2026-01-02T03:04:05Z';
const DATES = { GIT_AUTHOR_DATE: DATE, GIT_COMMITTER_DATE: DATE };

/** Makes the state with a program, and asks it everything there. What it changes is taken back before the next question. */
export async function answersOf(state: State, program: Program, only: (ask: string) => boolean = () => true): Promise<Answers> {
  const sandbox = createSandbox('corpus');
  const lab: Lab = { state, program, sandbox };
  try {
    await make(lab);
    await copy(lab, rootOf(lab), keptOf(lab));
    const made = await picture(lab);
    const answers: Record<string, Answer> = {};
    for (const ask of asksOf(state)) if (only(nameOf(ask))) answers[nameOf(ask)] = await answerOf(lab, ask, made);
    return { made, answers };
  } finally {
    sandbox.remove();
    removeFolder(keptOf(lab));
  }
}

interface Lab { readonly state: State; readonly program: Program; readonly sandbox: Sandbox }
const rootOf = ({ sandbox }: Lab): string => dirname(sandbox.folder);
const keptOf = (lab: Lab): string => `${rootOf(lab)}.kept`;
const at = ({ sandbox }: Lab, name: string): string => join(sandbox.folder, name);

async function make(lab: Lab): Promise<void> {
  const [alice, start] = [at(lab, 'alice'), lab.state.start ?? 'git'];
  mkdirSync(alice);
  if (start !== 'bare') await git(lab, 'alice', ['init', '-q']);
  if (start === 'git') {
    await command(lab, 'alice', ['init', '-q']);
    writeFileSync(join(alice, '.dvc/config'), configOf({ url: '../../store', options: {} }));
    await save(lab, 'alice');
  }
  for (const step of lab.state.steps) await act(lab, step);
}

async function act(lab: Lab, step: Step): Promise<void> {
  if (typeof step !== 'string' && 'change' in step) {
    return 'at' in step ? step.change.change(at(lab, step.at)) : step.change(at(lab, step.on ?? 'alice'));
  }
  const [, where = 'alice', line = ''] = typeof step === 'string' ? /^(?:([\w/-]+): )?(.*)$/s.exec(step) ?? [] : [];
  const words = (typeof step === 'string' ? line.split(' ') : step).map((word) => placed(lab, word));
  if (words[0] === 'git') await git(lab, where, words.slice(1));
  else if (words[0] === 'save') await save(lab, where);
  else if (words[0] === 'clone') {
    await save(lab, 'alice');
    await git(lab, '.', ['clone', '-q', 'alice', 'bob']);
  } else await command(lab, where, words);
}

const git = async (lab: Lab, where: string, args: readonly string[]): Promise<void> => void (await lab.sandbox.git(args, { cwd: at(lab, where), env: DATES }));

async function save(lab: Lab, where: string): Promise<void> {
  await git(lab, where, ['add', '-A']);
  await git(lab, where, ['commit', '-q', '--allow-empty', '-m', 'save']);
}

/** What makes a state has to succeed, with whichever program. */
async function command(lab: Lab, where: string, words: readonly string[]): Promise<void> {
  const ended = await run(lab, words, { cwd: at(lab, where) });
  if (ended.status !== 0) throw new Error(`${lab.state.name}: ${words.join(' ')} ended with ${ended.status}\n${ended.stdout}${ended.stderr}`);
}

const run = (lab: Lab, args: readonly string[], options: RunOptions): Promise<Ended> => lab.program.run(lab.sandbox, args, { ...options, env: DATES });

async function answerOf(lab: Lab, ask: Ask, made: Snapshot): Promise<Answer> {
  const below = typeof ask === 'object' && 'run' in ask ? ask.below : '';
  const args = wordsOf(ask).map((word) => placed(lab, word));
  const ended = await run(lab, args, { cwd: join(at(lab, lab.state.where ?? 'alice'), below) });
  const changes = await changesSince(made, lab);
  // DVC keeps in its own folders what it believes of a remote, and believes it at the next question.
  if (Object.keys(changes).length > 0 || (lab.program.remembers && !isReading(ask))) {
    removeFolder(rootOf(lab));
    await copy(lab, keptOf(lab), rootOf(lab));
  }
  return { code: ended.status, out: outOf(lab, args, ended), changes };
}

/** With times, links among its files and modes: what is asked next must not see that it is a copy. */
async function copy({ sandbox }: Lab, from: string, to: string): Promise<void> {
  const ended = await sandbox.run('cp', ['-a', from, to], { cwd: '/' });
  if (ended.status !== 0) throw new Error(ended.stderr);
}

function outOf(lab: Lab, args: readonly string[], { stdout, status }: Ended): Answer['out'] {
  const text = clean(lab, stdout);
  // The usage of a command is worded by each program in its own way.
  if (status === 254) return [];
  if (args.includes('--json') && /^\s*[[{]/.test(text)) {
    const data = JSON.parse(text) as unknown;
    // Our errors are data, too, where DVC prints nothing.
    return typeof data === 'object' && data !== null && 'error' in data ? [] : { json: withoutOrder(data) };
  }
  return text.split('\n').map((line) => (line.startsWith('\tgit add ') ? line.split(' ').sort().join(' ') : line.trimEnd())).filter((line) => line !== '').sort();
}

function withoutOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, withoutOrder(member)]));
}

/** Where all folders lie has another name each time, and with its length the blanks of a column behind it are others. */
const placed = ({ sandbox }: Lab, word: string): string => word.replaceAll('TOP', sandbox.folder);

const clean = ({ sandbox }: Lab, text: string): string => text.replaceAll(sandbox.folder, '<top>').replaceAll(sandbox.home, '<home>').replaceAll(/(<top>\S*) {2,}/g, '$1 ');

/** All files but what a program keeps for itself, and what Git sees of them. */
async function picture(lab: Lab): Promise<Snapshot> {
  const where = at(lab, lab.state.where ?? 'alice');
  const seen = await lab.sandbox.run('git', ['status', '--porcelain', '--ignored'], { cwd: where });
  return { ...filesOf(lab), ...(seen.status === 0 && { [GIT]: seen.stdout }) };
}

const GIT = 'git status';

/** Git is asked only where a file has changed. */
async function changesSince(made: Snapshot, lab: Lab): Promise<Answer['changes']> {
  const files = difference(made, { ...filesOf(lab), ...(made[GIT] !== undefined && { [GIT]: made[GIT] }) });
  return Object.keys(files).length === 0 ? {} : difference(made, await picture(lab));
}

function filesOf(lab: Lab): Snapshot {
  const top = lab.sandbox.folder;
  const lines = withoutEmptyFolders(snapshot(top, { top, without: (path) => /(^|\/)([^/]*\.git|\.dvc\/tmp|\.[\w-]{22}\.tmp)$/.test(path) }));
  const rules = Object.entries(lines).map(([path, line]) => [path, /(^|\/)\.gitignore$/.test(path) ? line.split(/\n|(?<=^\d+) /).sort().join('\n') : line] as const);
  return Object.fromEntries(rules);
}

/** The folder of an object that has gone, or never came, may stay. */
function withoutEmptyFolders(lines: Snapshot): Snapshot {
  const paths = Object.keys(lines);
  const isObjects = (path: string): boolean => /(^|\/)(store|cache|second|shared-cache)\/([\da-f]{2}\/|files\/(md5\/([\da-f]{2}\/)?)?)?$/.test(path);
  return Object.fromEntries(Object.entries(lines).filter(([path]) => !isObjects(path) || paths.some((one) => !one.endsWith('/') && one.startsWith(path))));
}

function difference(before: Snapshot, after: Snapshot): Answer['changes'] {
  const gone = Object.keys(before).filter((path) => after[path] === undefined).map((path) => [path, null] as const);
  return Object.fromEntries([...Object.entries(after).filter(([path, line]) => before[path] !== line), ...gone].sort(([a], [b]) => (a < b ? -1 : 1)));
}

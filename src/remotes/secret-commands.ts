import { TowlineError } from '../errors.ts';
import type { CommandLimits, Opening } from '../storage/definition.ts';
import { command, type Option, type OptionTable, type PlacedText } from '../storage/options.ts';
import { splitCommand } from './command-line.ts';
import type { Setting } from './config.ts';
import { configError } from './config-error.ts';
import { CONFIG_LEVELS } from './levels.ts';
import type { Remote } from './remote.ts';
import { checkCommand } from './trust.ts';

const TIMEOUT_SECONDS = 30;

/** For each secret of a table, `<secret>_command`: a program that prints it. Keys that the table has itself are left to it. */
export function withCommands(table: OptionTable): OptionTable {
  const secrets = Object.entries(table).filter(([key, option]) => option.secret && !Object.hasOwn(table, commandKey(key)));
  return { ...table, ...Object.fromEntries(secrets.map(([key]) => [commandKey(key), rowOf(key)])) };
}

const commandKey = (key: string): string => `${key}_command`;
const rowOf = (key: string): Option<string | undefined> => command(`program that prints '${key}'`, { owner: 'towline' });

/** Throws unless every program that the settings name may run. Nothing is run. */
export function checkCommands(remote: Remote, table: OptionTable): void {
  for (const [key, setting] of remote.settings) if (Object.hasOwn(table, key) && table[key]?.isCommand === true) checkCommand(remote, key, setting);
}

/** The secrets that programs print, by the key of the secret. Each program is run once for a remote, however often that is opened. */
export async function printedSecrets(remote: Remote, table: OptionTable, opening: Opening): Promise<ReadonlyMap<string, PlacedText>> {
  const found = new Map<string, PlacedText>();
  for (const key of Object.keys(table)) {
    const by = commandKey(key);
    const setting = table[key]?.secret === true && !Object.hasOwn(table, by) ? remote.settings.get(by) : undefined;
    if (setting === undefined || isShadowed(remote, key, setting)) continue;
    // One after the other: two programs may want to ask the same person.
    found.set(key, { value: await printedOnce(remote, by, opening), place: placeOf(remote, by, setting) });
  }
  return found;
}

/** Of a secret and the program that prints it the one at the higher level counts; at one level they contradict each other. */
function isShadowed({ name, settings }: Remote, key: string, { level, place }: Setting): boolean {
  const plain = settings.get(key);
  if (plain === undefined) return false;
  if (plain.level === level) throw configError(`remote '${name}': '${key}' (${plain.place}) and '${commandKey(key)}' (${place}) exclude each other`, { hint: 'Remove one of them.' });
  return rankOf(plain.level) > rankOf(level);
}

const rankOf = (level: Setting['level']): number => (level === 'environment' ? CONFIG_LEVELS.length : CONFIG_LEVELS.indexOf(level));

const printed = new WeakMap<Remote, Map<string, Promise<string>>>();

async function printedOnce(remote: Remote, key: string, opening: Opening): Promise<string> {
  const known = printed.get(remote) ?? new Map<string, Promise<string>>();
  printed.set(remote, known);
  const running = known.get(key) ?? commandOutput(remote, opening)(key, { timeoutSeconds: TIMEOUT_SECONDS });
  known.set(key, running);
  try {
    return (await running).replace(/\r?\n$/, '');
  } catch (error) {
    known.delete(key);
    throw error;
  }
}

/** What a driver is lent: runs the command of an option, after `checkCommands` has let it pass. */
export function commandOutput(remote: Remote, opening: Opening): NonNullable<Opening['commandOutput']> {
  return async (key, limits) => {
    const setting = remote.settings.get(key);
    if (setting === undefined) throw new TowlineError('INVALID_CONFIG', `remote '${remote.name}' has no '${key}'`);
    return await run(placeOf(remote, key, setting), { line: setting.value, opening, limits });
  };
}

const placeOf = ({ name }: Remote, key: string, { place }: Setting): string => `remote '${name}': '${key}' (${place})`;

interface Line { readonly line: string; readonly opening: Opening; readonly limits: CommandLimits }

/** Runs a command line and gives all it printed. What it says on stderr goes to the trace: it may hold what a message must not. */
async function run(where: string, { line, opening, limits }: Line): Promise<string> {
  const [program, ...words] = wordsOf(where, line, opening.platform);
  if (program === undefined) throw configError(`${where} is empty`);
  if (opening.runProgram === undefined) throw new TowlineError('UNSUPPORTED', `${where} names a program, and none may be started here`);
  const end = await orCannotStart(`${where}: the program '${program}'`, opening.runProgram({ program, words, ...limits }));
  if (end.stderr.trim() !== '') opening.trace?.(`${where} said: ${end.stderr.trim()}`);
  const why = failureOf(end, limits);
  if (why === undefined) return end.stdout;
  throw new TowlineError('UNAUTHENTICATED', `${where}: the program '${program}' ${why}`, { hint: "Run it by hand; with '-v' you see what it says." });
}

function wordsOf(where: string, line: string, platform: string): readonly string[] {
  try {
    return splitCommand(line, platform);
  } catch (cause) {
    if (cause instanceof TowlineError) throw configError(`${where}: ${cause.message}`, { cause });
    throw cause;
  }
}

type Running = ReturnType<NonNullable<Opening['runProgram']>>;

async function orCannotStart(what: string, running: Running): Running {
  try {
    return await running;
  } catch (cause) {
    if (!(cause instanceof TowlineError) || cause.code === 'ABORTED') throw cause;
    throw configError(`${what} cannot be started: ${cause.message}`, { cause, hint: 'Name it by its whole path, or put it on the PATH.' });
  }
}

function failureOf({ code, isTooLate, stdout }: Awaited<Running>, { timeoutSeconds }: CommandLimits): string | undefined {
  if (isTooLate) return `did not end within ${timeoutSeconds} s`;
  if (code !== 0) return code === undefined ? 'was stopped' : `ended with exit code ${code}`;
  return stdout.trim() === '' ? 'printed nothing' : undefined;
}

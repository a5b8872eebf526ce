import { hasCode } from '../errors.ts';
import { findRoot } from '../repo/find-root.ts';
import { type Command, type Context, defineCommand, type Input } from './command.ts';
import type { Flags } from './flag.ts';
import { parseArguments } from './parse-arguments.ts';

/** The command for a hook of Git: `command` without words, where there is a repository and `isWanted` says so; otherwise nothing. */
export function hookOf<T extends Flags, R>(command: Command<T, R>, isWanted: (words: readonly string[], context: Context) => Promise<boolean> = async () => true): Command<Record<string, never>, R | undefined> {
  const plain = (): Input<T> => parseArguments([], command.flags, command.positionals);
  return defineCommand<Record<string, never>, R | undefined>({
    positionals: ['[args...]'],
    flags: {},
    examples: [],
    ...(typeof command.failure === 'string' && { failure: command.failure }),
    run: async ({ positionals }, context) => (isRepository(context) && (await isWanted(positionals, context)) ? command.run(plain(), context) : undefined),
    text: (result) => (result === undefined ? [] : command.text(result)),
    json: (result) => (result === undefined || !command.json ? result ?? null : command.json(result)),
    faults: (result) => (result === undefined ? [] : command.faults?.(result) ?? []),
    exitCode: (result) => (result === undefined ? 0 : command.exitCode?.(result, plain()) ?? 0),
  });
}

function isRepository({ cwd }: Context): boolean {
  try {
    return findRoot(cwd) !== '';
  } catch (error) {
    if (hasCode(error, 'NO_REPOSITORY')) return false;
    throw error;
  }
}

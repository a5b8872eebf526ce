import { setDefaultRemote } from '../../remotes/edit-remotes.ts';
import { defaultRemote } from '../../remotes/list-options.ts';
import { defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf, openConfig } from '../open-config.ts';

type Result = { readonly kind: 'shown'; readonly name: string | undefined } | { readonly kind: 'changed'; readonly output: readonly string[] };

export const remoteDefault = defineCommand({
  positionals: ['[name]'],
  flags: { ...LEVELS, unset: { type: 'boolean', short: 'u', help: 'have no default remote' } },
  examples: ['tow remote default', 'tow remote default storage'],
  async run({ flags, positionals: [name] }, context): Promise<Result> {
    if (name === undefined && !flags.unset) return { kind: 'shown', name: defaultRemote(await openConfig(context), levelOf(flags)) };
    return { kind: 'changed', output: await changeConfig(context, flags, (config) => setDefaultRemote(config, flags.unset ? undefined : name, levelOf(flags))) };
  },
  text: (result) => (result.kind === 'shown' ? [result.name ?? 'No default remote set'] : result.output),
  json: (result) => (result.kind === 'shown' ? { default: result.name ?? null } : {}),
  exitCode: (result) => (result.kind === 'shown' && result.name === undefined ? 1 : 0),
});

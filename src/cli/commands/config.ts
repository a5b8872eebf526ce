import { TowlineError } from '../../errors.ts';
import { setOption, unsetOption } from '../../remotes/edit-options.ts';
import { getOption, type ListedOption, listOptions } from '../../remotes/list-options.ts';
import { type OptionName, parseOptionName } from '../../remotes/option-name.ts';
import { type Context, defineCommand } from '../command.ts';
import type { Values } from '../flag.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf, openConfig } from '../open-config.ts';

const FLAGS = {
  ...LEVELS,
  unset: { type: 'boolean', short: 'u', help: 'remove the option' },
  list: { type: 'boolean', short: 'l', help: 'list all options' },
  showOrigin: { type: 'boolean', help: 'show the file of each option' },
} as const;

type Result =
  | { readonly kind: 'listed'; readonly options: readonly ListedOption[]; readonly withOrigin: boolean }
  | { readonly kind: 'value'; readonly option: ListedOption | undefined; readonly withOrigin: boolean }
  | { readonly kind: 'changed'; readonly output: readonly string[] };

export const config = defineCommand({
  positionals: ['[name]', '[value]'],
  flags: FLAGS,
  examples: ['tow config core.remote', 'tow config cache.type hardlink,copy', 'tow config --list --show-origin'],
  async run({ flags, positionals: [name, value] }, context): Promise<Result> {
    check(flags, name, value);
    const withOrigin = flags.showOrigin;
    if (flags.list) return { kind: 'listed', options: await listOptions(await openConfig(context), levelOf(flags)), withOrigin };
    const option = nameOf(name);
    if (value === undefined && !flags.unset) return { kind: 'value', option: await getOption(await openConfig(context), option, levelOf(flags)), withOrigin };
    return { kind: 'changed', output: await change(context, { option, value, flags }) };
  },
  *text(result) {
    if (result.kind === 'changed') yield* result.output;
    else if (result.kind === 'value') {
      if (result.option) yield `${result.withOrigin ? `${result.option.origin}\t` : ''}${result.option.value}`;
    } else for (const { name, shown, origin } of result.options) yield `${result.withOrigin ? `${origin}\t` : ''}${name}=${shown}`;
  },
  json(result) {
    if (result.kind === 'changed') return {};
    const options = result.kind === 'value' ? (result.option ? [result.option] : []) : result.options;
    return options.map(({ name, shown, origin, line }) => ({ name, value: shown, file: origin, line }));
  },
});

async function change(context: Context, { option, value, flags }: { readonly option: OptionName; readonly value: string | undefined; readonly flags: Values<typeof FLAGS> & { readonly waitForLock: boolean } }): Promise<readonly string[]> {
  return changeConfig(context, flags, (before) =>
    value === undefined || flags.unset ? unsetOption(before, option, levelOf(flags)) : setOption(before, option, { ...levelOf(flags), value, cwd: context.cwd }));
}

function nameOf(text: string | undefined): OptionName {
  const name = text === undefined ? undefined : parseOptionName(text);
  if (name) return name;
  throw new TowlineError('INVALID_ARGUMENT', 'argument name: name argument should look like remote.name.option or db.name.option or section.option', { context: { usage: true } });
}

/** DVC ends with 1 for these, not with its number for usage. */
function check(flags: Values<typeof FLAGS>, name: string | undefined, value: string | undefined): void {
  if (flags.list && (flags.unset || name !== undefined || value !== undefined)) throw refused("-l/--list can't be used together with any of these options: -u/--unset, name, value");
  if (!flags.list && name === undefined) throw refused('name argument is required');
  if (flags.showOrigin && (value !== undefined || flags.unset)) throw refused("--show-origin can't be used together with any of these options: -u/--unset, value");
}

const refused = (message: string): TowlineError => new TowlineError('INVALID_ARGUMENT', message, { context: { exitCode: 1 } });

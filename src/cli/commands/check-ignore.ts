import { TowlineError } from '../../errors.ts';
import { checkIgnore as check, type IgnoreAnswer } from '../../repo/verbs/check-ignore.ts';
import { defineCommand } from '../command.ts';
import { withUnlockedRepository } from '../open-repository.ts';
import { readLines } from '../read-input.ts';

interface Checked {
  readonly answers: readonly IgnoreAnswer[];
  readonly details: boolean;
  readonly nonMatching: boolean;
}

export const checkIgnore = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    details: { type: 'boolean', short: 'd', help: 'show the rule that decides along with each path' },
    all: { type: 'boolean', short: 'a', help: 'show every rule that decides: there is never more than one' },
    nonMatching: { type: 'boolean', short: 'n', help: 'with --details, show paths that no rule applies to, too' },
    stdin: { type: 'boolean', help: 'read paths from standard input, a line each' },
  },
  examples: ['tow check-ignore -d data/tmp.csv', 'find data -name "*.tmp" | tow check-ignore --stdin'],
  async run({ flags: { details, all, nonMatching, stdin, quiet }, positionals }, context): Promise<Checked> {
    if (!stdin && positionals.length === 0) throw new TowlineError('INVALID_ARGUMENT', '`targets` or `--stdin` needed');
    if (stdin && positionals.length > 0) throw new TowlineError('INVALID_ARGUMENT', 'cannot have both `targets` and `--stdin`');
    if (nonMatching && !details) throw new TowlineError('INVALID_ARGUMENT', '`--non-matching` is only valid with `--details`');
    if (all && !details) throw new TowlineError('INVALID_ARGUMENT', '`--all` is only valid with `--details`');
    if (quiet && details) throw new TowlineError('INVALID_ARGUMENT', 'cannot use both `--details` and `--quiet`');
    const targets = stdin ? await readLines() : positionals;
    return { answers: await withUnlockedRepository(context, (repo) => check(repo, { targets, cwd: context.cwd })), details, nonMatching };
  },
  *text({ answers, details, nonMatching }) {
    for (const { path, ignored, rule } of answers) {
      if (details && (rule !== undefined || nonMatching)) yield `${rule ?? '::'}\t${path}`;
      else if (!details && ignored) yield path;
    }
  },
  json: ({ answers }) => answers,
  exitCode: ({ answers, details }) => (answers.some(({ ignored, rule }) => (details ? rule !== undefined : ignored)) ? 0 : 1),
});

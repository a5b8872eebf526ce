import { TowlineError } from '../../errors.ts';
import { freeze as freezeStages, type FreezeResult } from '../../repo/verbs/freeze.ts';
import { type Command, defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';
import { fromHere } from '../wording.ts';

interface Result { readonly changed: readonly FreezeResult[]; readonly failed: readonly { readonly target: string; readonly reason: string }[] }

export const frozenCommand = (name: string, isFrozen: boolean): Command => defineCommand({
  positionals: ['targets...'],
  flags: {},
  examples: [`tow ${name} data.dvc`, `tow ${name} train`],
  failure: `failed to ${name}`,
  run: async ({ flags, positionals }, context): Promise<Result> => withRepository(context, flags, async (repo) => {
    const changed: FreezeResult[] = [];
    const failed: { target: string; reason: string }[] = [];
    for (const target of positionals) {
      try {
        const { stages, ...result } = await freezeStages(repo, { targets: [target], cwd: context.cwd, isFrozen });
        changed.push({ ...result, stages: stages.map((stage) => ({ ...stage, file: fromHere(repo.root, context.cwd, stage.file) })) });
      } catch (error) {
        if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
        failed.push({ target, reason: error.message });
      }
    }
    return { changed, failed };
  }),
  *text({ changed }: Result) {
    for (const { stages } of changed) for (const stage of stages) yield `Modifying stage '${stage.name ?? ''}' in '${stage.file}'`;
  },
  *faults({ failed }: Result) {
    for (const { target, reason } of failed) yield `failed to ${name} '${target}' - ${reason}`;
  },
  exitCode: ({ failed }: Result) => (failed.length > 0 ? 1 : 0),
}) as Command;

export const freeze = frozenCommand('freeze', true);

import { hasCode } from '../../errors.ts';
import { openRepo } from '../../repo/open.ts';
import { type Context, defineCommand } from '../command.ts';
import { lend } from '../open-repository.ts';
import { VERSION } from '../version.ts';

export const version = defineCommand({
  positionals: [],
  flags: {},
  examples: ['tow version', 'tow version --json'],
  run: async (_input, context) => ({ towline: VERSION, node: process.version, platform: `${process.platform}-${process.arch}`, processors: context.processors, ...(await aboutRepository(context)) }),
  text: (about) => Object.entries(about).map(([name, value]) => `${`${name[0]?.toUpperCase() ?? ''}${name.slice(1)}:`.padEnd(14)}${Array.isArray(value) ? value.join(', ') || 'none' : String(value)}`),
});

async function aboutRepository(context: Context): Promise<Readonly<Record<string, string | readonly string[]>>> {
  try {
    const repo = await openRepo(lend(context), context.cwd);
    const { remotes, get } = await repo.workspace.config();
    const schemes = [...new Set(remotes.map((name) => /^(\w+):\/\//.exec(get(`remote "${name}"`, 'url')?.value ?? '')?.[1] ?? 'local'))];
    return { repository: repo.root, git: repo.workspace.git ? 'yes' : 'no', cache: repo.cache.root, links: repo.cache.links, remotes: schemes };
  } catch (error) {
    if (hasCode(error, 'NO_REPOSITORY')) return {};
    throw error;
  }
}

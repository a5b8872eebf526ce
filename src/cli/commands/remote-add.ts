import type { Adopted } from '../../clearml/verbs/explain.ts';
import { addRemote } from '../../remotes/edit-remotes.ts';
import { type Context, defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf } from '../open-config.ts';

export const remoteAdd = defineCommand({
  positionals: ['name', 'url'],
  flags: {
    ...LEVELS,
    default: { type: 'boolean', short: 'd', help: 'make it the default remote' },
    force: { type: 'boolean', short: 'f', help: 'replace a remote of that name' },
    fromClearml: { type: 'boolean', help: 'take the credentials that clearml.conf has for the URL; secrets are not committed' },
  },
  examples: ['tow remote add -d storage s3://bucket/prefix', 'tow remote add backup ssh://host/path', 'tow remote add disk ../storage', 'tow remote add models s3://minio.lan:9000/models --from-clearml'],
  async run({ flags, positionals: [name = '', url = ''] }, context) {
    const options = { ...levelOf(flags), cwd: context.cwd, isDefault: flags.default, force: flags.force };
    if (!flags.fromClearml) return await changeConfig(context, flags, (config) => addRemote(config, { name, url }, options));
    const { url: adopted, settings, reason } = await adoptedFromClearml(context, url);
    const output = await changeConfig(context, flags, (config) => addRemote(config, { name, url: adopted }, { ...options, settings }));
    return [...output, `Took ${settings.size === 0 ? 'no options' : [...settings.keys()].join(', ')} from ${reason}.`];
  },
  text: (output) => output,
});

/** Nobody else pays for what only this flag needs. */
async function adoptedFromClearml(context: Context, url: string): Promise<Adopted> {
  const [{ adopt }, { withClearml }] = await Promise.all([import('../../clearml/verbs/explain.ts'), import('../open-clearml.ts')]);
  return await withClearml(context, (session) => adopt(session, url));
}

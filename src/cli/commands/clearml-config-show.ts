import { showConfig } from '../../clearml/config/show-config.ts';
import { defineCommand } from '../command.ts';
import { withClearml } from '../open-clearml.ts';

export const clearmlConfigShow = defineCommand({
  positionals: [],
  flags: { showSecrets: { type: 'boolean', help: 'print keys and secrets, too' } },
  examples: ['tow clearml config show', 'tow clearml config show --json'],
  run: ({ flags }, context) => withClearml(context, async ({ config, lent }) => {
    if (config.files.length === 0) lent.warn({ code: 'CLEARML_CONFIG', text: "there is no clearml.conf: these are ClearML's defaults and the environment" });
    return showConfig(config, { withSecrets: flags.showSecrets });
  }),
  *text(shown) {
    for (const { name, value, origin } of shown) yield `${name} = ${JSON.stringify(value)}  (${origin})`;
  },
  json: (shown) => shown.map(({ name, value, file, line }) => ({ name, value, file, line })),
});

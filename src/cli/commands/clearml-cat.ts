import { createStorageManager } from '../../clearml/storage-manager.ts';
import { TowlineError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { rootOf } from '../open-config.ts';
import { lend } from '../open-repository.ts';

export const clearmlCat = defineCommand({
  positionals: ['url'],
  flags: LIMITED,
  examples: ['tow clearml cat s3://bucket/results/scores.json', 'tow clearml cat remote://store/model.bin > model.bin'],
  async run({ flags, positionals: [url = ''] }, context) {
    if (flags.json) throw new TowlineError('INVALID_ARGUMENT', 'argument --json: what an object holds is printed as it is', { context: { usage: true } });
    const manager = createStorageManager({ lent: lend(context), cwd: context.cwd, root: rootOf(context.cwd) });
    try {
      for await (const chunk of manager.downloadAsStream(url, { signal: context.signal })) await context.write(chunk);
    } finally {
      await manager.close();
    }
  },
  text: () => [],
});

import { type ListedObject, listObjects } from '../../repo/verbs/list-objects.ts';
import { defineCommand } from '../command.ts';
import { withUnlockedRepository } from '../open-repository.ts';

export const remoteListObjects = defineCommand({
  positionals: ['[name]'],
  flags: {},
  examples: ['tow remote list-objects', 'tow remote list-objects backup --json | jq -r .oid'],
  // There may be millions: each line is printed when its object is found.
  async run({ flags, positionals: [name] }, context) {
    await withUnlockedRepository(context, async (repo) => {
      for await (const objects of listObjects(repo, { ...(name !== undefined && { name }) }, context)) {
        if (objects.length > 0 && !flags.quiet) await context.write(Buffer.from(objects.map(flags.json ? asJson : asText).join('')));
      }
    });
  },
  text: () => [],
  json: () => undefined,
});

const timeOf = ({ modifiedAt }: ListedObject): string | undefined => (modifiedAt === undefined ? undefined : new Date(modifiedAt).toISOString());

const asText = (object: ListedObject): string => `${object.oid.padEnd(36)}  ${String(object.size ?? '-').padStart(12)}  ${timeOf(object) ?? '-'}\n`;

function asJson(object: ListedObject): string {
  const modifiedAt = timeOf(object);
  return `${JSON.stringify({ oid: object.oid, hash: object.hash, ...(object.size !== undefined && { size: object.size }), ...(modifiedAt !== undefined && { modifiedAt }) })}\n`;
}

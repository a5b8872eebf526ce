import { type Amount, remoteDu as measure, type StoredKind } from '../../repo/verbs/remote-du.ts';
import { defineCommand } from '../command.ts';
import { withUnlockedRepository } from '../open-repository.ts';
import { formatBytes } from '../progress-line.ts';

const WORDS: Readonly<Record<StoredKind, string>> = { files: 'files', listings: 'listings of directories', legacy: 'objects of DVC 2', runs: 'history of runs', kept: 'files as they are', other: 'not ours' };

export const remoteDu = defineCommand({
  positionals: ['[name]'],
  flags: {},
  examples: ['tow remote du', 'tow remote du backup --json'],
  run: async ({ positionals: [name] }, context) => withUnlockedRepository(context, (repo) => measure(repo, { ...(name !== undefined && { name }) }, context)),
  *text({ name, total, kinds }) {
    const rows: (readonly [string, Amount])[] = (Object.keys(WORDS) as StoredKind[]).flatMap((kind) => {
      const amount = kinds[kind];
      return amount ? [[WORDS[kind], amount] as const] : [];
    });
    rows.push([name, total]);
    const cells = rows.map(([word, { count, bytes, unsized }]) => [unsized === count && count > 0 ? '' : formatBytes(bytes), String(count), `${word}${unsized > 0 && unsized < count ? ` (${unsized} of unknown size)` : ''}`] as const);
    const [size, number] = [0, 1].map((at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
    for (const [bytes, count, word] of cells) yield `${bytes.padStart(size ?? 0)}  ${count.padStart(number ?? 0)}  ${word}`;
  },
});

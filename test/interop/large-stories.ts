import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, Story } from './story.ts';

const manyFiles: Change = {
  change(folder) {
    for (let group = 0; group < 100; group++) {
      const parent = join(folder, 'many', `group ${group}`, 'deep');
      mkdirSync(parent, { recursive: true });
      for (let index = 0; index < 100; index++) writeFileSync(join(parent, `${index}.txt`), `file ${group * 100 + index}\n`);
    }
  },
};

const GIB = 2 ** 30;
/** Mostly a hole, so that it costs no disk; its start, middle and end tell it from any other. */
const largeFile: Change = {
  change(folder) {
    const file = openSync(join(folder, 'large.bin'), 'w');
    ftruncateSync(file, GIB);
    for (const place of [0, GIB / 2 + 1, GIB - 5]) writeSync(file, 'mark!', place);
    closeSync(file);
  },
};

/** What is large in number, and what is large in one piece. */
export const largeStories: readonly Story[] = [
  { name: '10,000 files in 100 directories', steps: [manyFiles, 'add many', 'push', 'clone', 'bob: pull', 'bob: status'] },
  { name: 'a file of 1 GiB', steps: [largeFile, 'add large.bin', 'push', 'clone', 'bob: pull', 'bob: status'] },
];

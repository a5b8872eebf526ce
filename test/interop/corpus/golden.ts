import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../project.ts';
import type { Answers } from './lab.ts';

const folder = join(projectFolder, 'test/golden/dvc-3.67.1/corpus');

/** The name of the file that holds the answers in a state. */
export const fileNameOf = (name: string): string => `${name.replaceAll(' ', '-')}.json`;

export const readGolden = (name: string): Answers => JSON.parse(readFileSync(join(folder, fileNameOf(name)), 'utf8')) as Answers;

export function writeGolden(name: string, answers: Answers): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, fileNameOf(name)), `${JSON.stringify(answers, undefined, 1)}\n`);
}

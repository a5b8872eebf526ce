import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, from the sources as well as from dist/. */
export const projectFolder: string = findProject(dirname(fileURLToPath(import.meta.url)));

/** The built program, as a user starts it. */
export const builtProgram: string = join(projectFolder, 'dist/bin/main.js');

function findProject(folder: string): string {
  if (existsSync(join(folder, 'package-lock.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no package-lock.json above the tests');
  return findProject(parent);
}

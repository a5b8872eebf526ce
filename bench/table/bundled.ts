import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { projectFolder } from '../../test/project.ts';

/** A program of the table as the product is: in one file, with the worker thread that was built beside it. Loading 40 modules in each thread is no part of what is measured. */
export async function bundled(program: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const bundle = await rolldown({ input: fileURLToPath(new URL(program, import.meta.url)), platform: 'node' });
  try {
    await bundle.write({ format: 'cjs', dir: folder, entryFileNames: program, codeSplitting: false });
  } finally {
    await bundle.close();
  }
  copyFileSync(join(projectFolder, 'dist/bin/chunks/worker.js'), join(folder, 'worker.js'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  return join(folder, program);
}

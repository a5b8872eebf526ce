/** Walks a folder and hashes what is in it, or hashes one file: `hash-child.js FILE PATH`. Beside child.ts, because it loads no more than that takes. */
import { statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { hashFiles } from '../../src/disk/hash.ts';
import { scan } from '../../src/disk/scan.ts';

const [file = '', path = ''] = process.argv.slice(2);

async function hash(): Promise<number> {
  const found = statSync(path);
  if (found.isFile()) return await hashAll([path], [found.size]);
  const { names, size } = scan(path);
  return await hashAll(Array.from(names, (name) => `${path}/${name}`), size);
}

async function hashAll(paths: readonly string[], sizes: ArrayLike<number>): Promise<number> {
  const { errors } = await hashFiles(paths, { name: 'md5', sizes, processors: availableParallelism() });
  for (const error of errors.values()) throw error;
  return paths.length;
}

void hash().then((files) => {
  writeFileSync(file, JSON.stringify({ files }));
  process.exit();
});

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file as it would be committed; `path` is relative to the project, with '/'. */
export interface HouseFile { readonly path: string; readonly text: string }

/** One breach of one rule, worded for the person who mends it. */
export interface Fault { readonly path: string; readonly line?: number; readonly text: string }

/** A rule sees one file and everything else that is committed. */
export type Rule = (file: HouseFile, all: ReadonlySet<string>) => readonly Fault[];

const TEXT = /\.(ts|cjs|mjs|js|json|md|yml|yaml|txt|sh|py|conf)$|^(script|\.ci|test\/judges)\/[^.]+$/;

/** Every text file git would commit from the work tree, without the lock file and what other programs wrote for the golden tests. */
export function houseFiles(folder: string): readonly HouseFile[] {
  const output = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: folder, encoding: 'utf8', maxBuffer: 64 << 20 });
  const paths = output.split('\0').filter((path) => TEXT.test(path) && path !== 'package-lock.json' && !path.startsWith('test/golden/'));
  return [...new Set(paths)].filter((path) => existsSync(join(folder, path))).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

export const isTest = (path: string): boolean => path.startsWith('test/') || path.startsWith('bench/') || path.endsWith('.test.ts');
export const isSource = (path: string): boolean => path.endsWith('.ts');
/** What a user of the package runs. */
export const isProduct = (path: string): boolean => path.startsWith('src/') && isSource(path) && !isTest(path);

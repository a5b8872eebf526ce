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

/** Every file git would commit from the work tree. */
export function housePaths(folder: string): readonly string[] {
  const output = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: folder, encoding: 'utf8', maxBuffer: 64 << 20 });
  return [...new Set(output.split('\0'))].filter((path) => path !== '' && existsSync(join(folder, path)));
}

/** The texts among them, without the lock file and what other programs wrote for the golden tests. */
export function houseFiles(folder: string, paths: readonly string[]): readonly HouseFile[] {
  return paths.filter((path) => TEXT.test(path) && path !== 'package-lock.json' && !path.startsWith('test/golden/'))
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

export const isTest = (path: string): boolean => path.startsWith('test/') || path.startsWith('bench/') || path.endsWith('.test.ts');
export const isSource = (path: string): boolean => path.endsWith('.ts');
/** What a user of the package runs. */
export const isProduct = (path: string): boolean => path.startsWith('src/') && isSource(path) && !isTest(path);

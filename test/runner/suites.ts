import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { projectFolder } from '../project.ts';
import type { Judge } from '../judges.ts';

/** A group of built test files that is run, timed and reported together. */
export interface Suite {
  readonly name: string;
  /** Folders below dist/ that hold it, or single files. */
  readonly where: readonly string[];
  /** How long one file may take; all files together may take four times that. */
  readonly fileTimeoutSeconds: number;
  /** Without these programs the suite cannot say anything. */
  readonly judges?: readonly Judge[];
  /** Whether it runs with --quick. */
  readonly isQuick?: boolean;
}

/** In the order they run: what is fast and near to a fault first. */
export const suites: readonly Suite[] = [
  { name: 'tidy', where: ['test/tidy.test.js', 'test/layering.test.js', 'test/bugs-page.test.js', 'test/runner'], fileTimeoutSeconds: 60, isQuick: true },
  { name: 'unit', where: ['src', 'test/transport', 'test/golden', 'bench'], fileTimeoutSeconds: 120, isQuick: true },
  { name: 'conformance', where: ['test/conformance'], fileTimeoutSeconds: 900, isQuick: true },
  { name: 'servers', where: ['test/servers'], fileTimeoutSeconds: 300 },
  { name: 'drivers', where: ['test/drivers'], fileTimeoutSeconds: 400 },
  { name: 'faults', where: ['test/faults'], fileTimeoutSeconds: 1500 },
  { name: 'fuzz', where: ['test/fuzz'], fileTimeoutSeconds: 400 },
  { name: 'crash', where: ['test/crash'], fileTimeoutSeconds: 600 },
  { name: 'interop', where: ['test/interop'], fileTimeoutSeconds: 900, judges: ['dvc'] },
  { name: 'e2e', where: ['test/e2e'], fileTimeoutSeconds: 300 },
];

/** The built test files of a suite. What is left in dist/ of a source that is gone is not one. */
export function filesOf(suite: Suite, project: string = projectFolder): readonly string[] {
  const found = suite.where.flatMap((where) => testFiles(join(project, 'dist', where)));
  return found.filter((file) => existsSync(sourceOf(file, project))).sort();
}

/** Built test files whose source belongs to no suite: a test that never runs is worse than none. */
export function homelessFiles(project: string = projectFolder): readonly string[] {
  const housed = new Set(suites.flatMap((suite) => filesOf(suite, project)));
  const all = ['src', 'test', 'bench'].flatMap((folder) => testFiles(join(project, 'dist', folder)));
  return all.filter((file) => !housed.has(file) && existsSync(sourceOf(file, project)));
}

const sourceOf = (file: string, project: string): string => join(project, relative(join(project, 'dist'), file).replace(/\.js$/, '.ts').split(sep).join('/'));

function testFiles(where: string): readonly string[] {
  if (!existsSync(where)) return [];
  if (where.endsWith('.js')) return [where];
  return readdirSync(where, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.js')).map((entry) => join(entry.parentPath, entry.name));
}

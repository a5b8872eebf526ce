import { posix } from 'node:path';
import { TowlineError } from '../../errors.ts';
import { makeFolders } from '../../disk/folders.ts';
import { nodeDisk } from '../../disk/node.ts';
import { listFolder, readFile, statFile } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { matchesPattern } from './patterns.ts';

/** The few files of this machine an SSH login needs. */
export interface LocalFiles {
  /** Undefined when the file is absent. */
  readText(path: string): string | undefined;
  /** The files whose names match, in order. */
  glob(pattern: string): readonly string[];
  /** Adds a line at the end, making the file and its folder for the user alone when they are absent. */
  appendLine(path: string, line: string): void;
}

/** The files themselves. */
export const localFiles: LocalFiles = {
  readText(path) {
    // A comment in them may be in any encoding, which must not keep anyone out: no error for bytes that are not UTF-8.
    const bytes = readFile(path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  },
  glob: (pattern) => expand(pattern.split('/').slice(1), '/'),
  appendLine(path, line) {
    const old = readFile(path);
    if (old === undefined) makeFolders(nodeDisk, posix.dirname(path), 0o700);
    const before = Buffer.from(old ?? []);
    const separator = before.length === 0 || before.at(-1) === 0x0a ? '' : '\n';
    replaceFile(nodeDisk, path, Buffer.concat([before, Buffer.from(`${separator}${line}\n`)]), { mode: statFile(path)?.mode ?? 0o600 });
  },
};

function expand(segments: readonly string[], folder: string): readonly string[] {
  const [first, ...rest] = segments;
  if (first === undefined) return [folder];
  const isPlain = !/[*?]/.test(first);
  const names = isPlain ? [first] : listFolder(folder).map(({ name }) => name).filter((name) => matchesPattern(first, name) && (!name.startsWith('.') || first.startsWith('.'))).sort();
  const paths = names.map((name) => posix.join(folder, name));
  if (rest.length > 0) return paths.flatMap((path) => expand(rest, path));
  return paths.filter((path) => statFile(path) !== undefined && !isFolder(path));
}

function isFolder(path: string): boolean {
  return statFile(path)?.kind === 'folder';
}

/** A file the user named that is not there. */
export function missingFile(what: string, path: string): TowlineError {
  return new TowlineError('INVALID_CONFIG', `the ${what} '${path}' does not exist`, { context: { path } });
}

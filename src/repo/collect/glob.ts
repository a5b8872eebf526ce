import picomatch from 'picomatch';
import { listFolder } from '../../disk/read.ts';
import { relativePath } from '../files/place.ts';

export interface GlobOptions {
  /** Absolute. */
  readonly cwd: string;
  /** The same, relative to the root of the repository. */
  readonly folder: string;
  /** Names, relative to the root, that count although they may not be on disk. */
  readonly known: readonly string[];
}

/** The names, relative to `cwd`, that patterns match: on disk, as Python's `glob` finds them (`*` no hidden ones), and among `known`. */
export function expandGlob(patterns: readonly string[], { cwd, folder, known }: GlobOptions): readonly string[] {
  const names = new Set<string>();
  const relative = known.map((path) => relativePath(folder, path));
  for (const pattern of patterns) {
    const matches = picomatch(pattern, { dot: false, nobrace: true, noextglob: true });
    const { base } = picomatch.scan(pattern);
    const depth = pattern.includes('**') ? Number.POSITIVE_INFINITY : pattern.split('/').length;
    for (const name of below(cwd, base === '' ? [] : base.split('/'), depth)) if (matches(name)) names.add(name);
    for (const name of relative) if (matches(name)) names.add(name);
  }
  return [...names].sort();
}

/** Every name below the part of the pattern that is no pattern, and that part itself. */
function* below(cwd: string, base: readonly string[], depth: number): Iterable<string> {
  const open = [base.join('/')];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at !== '') yield at;
    for (const { name, kind } of listFolder(at === '' ? cwd : `${cwd}/${at}`)) {
      const path = at === '' ? name : `${at}/${name}`;
      if (kind === 'folder' && name !== '.git' && name !== '.dvc' && path.split('/').length < depth) open.push(path);
      else yield path;
    }
  }
}

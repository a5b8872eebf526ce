import { caseTwins, checkLocalName } from '../../disk/case.ts';
import { TowlineError } from '../../errors.ts';
import { isPath, parsePath, type Path } from '../path.ts';

/** How much an archive may hold. */
export interface ArchiveLimits {
  readonly mostMembers: number;
  readonly mostBytes: number;
}

/** One member as its reader gives it. */
export type Member =
  | { readonly kind: 'file'; readonly name: string; readonly isExecutable: boolean; /** Its permissions, where the archive says them. */ readonly mode?: number; open(): AsyncIterable<Uint8Array> }
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'link'; readonly name: string; readonly text: string }
  | { readonly kind: 'twin'; readonly name: string; /** A member that came before. */ readonly of: string };

/** What is known of the members so far; each is checked before a byte of it is written. */
export interface Members {
  /** The path of a member below the folder; undefined for the folder itself. */
  path(name: string, kind: 'file' | 'folder' | 'link'): Path | undefined;
  /** Counts bytes as they come, whatever the archive says of them. */
  count(bytes: number): void;
  /** The text of a symbolic link that stays below the folder, whatever other links it passes. */
  link(path: Path, text: string): string;
  /** Names that are one where case does not count are found when all are known. */
  finish(): void;
}

export function createMembers(limits: ArchiveLimits, platform: string): Members {
  const kinds = new Map<string, 'file' | 'folder' | 'link'>();
  let [members, bytes] = [0, 0];
  return {
    path(name, kind) {
      members += 1;
      if (members > limits.mostMembers) throw refused(`it has more than ${limits.mostMembers} members`);
      const bare = name.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
      if (bare === '' || bare === '.') return undefined;
      if (name.startsWith('/') || !isPath(bare) || (platform === 'win32' && /[\\:]/.test(bare))) throw refused(`${JSON.stringify(name)} leads out of its folder or is no name of a file`);
      checkLocalName(bare, platform);
      const path = parsePath(bare);
      checkParents(path, kinds);
      const before = kinds.get(path);
      if (before !== undefined && (before === 'link' || kind === 'link' || before !== kind)) throw refused(`${JSON.stringify(name)} is in it twice, as different things`);
      kinds.set(path, kind);
      return path;
    },
    count(more) {
      bytes += more;
      if (bytes > limits.mostBytes) throw refused(`it unpacks to more than ${limits.mostBytes} bytes`);
    },
    link(path, text) {
      const segments = text.split('/');
      const up = segments.findIndex((segment) => segment !== '..');
      const rest = up < 0 ? [] : segments.slice(up);
      // '..' behind a name would lead elsewhere where that name is a link itself.
      const isInside = !text.startsWith('/') && !text.includes('\\') && (up < 0 ? segments.length : up) <= path.split('/').length - 1 && !rest.includes('..') && !/[\u0000-\u001f\u007f]/.test(text);
      if (text === '' || !isInside) throw refused(`the link ${JSON.stringify(path)} leads out of its folder`);
      return text;
    },
    finish() {
      const twins = caseTwins([...kinds.keys()])[0];
      if (twins !== undefined) throw refused(`${twins.map((name) => JSON.stringify(name)).join(' and ')} differ only in case`);
    },
  };
}

/** Nothing is written through a link or a file; what lies above a member is a folder from then on. */
function checkParents(path: Path, kinds: Map<string, 'file' | 'folder' | 'link'>): void {
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const kind = kinds.get(path.slice(0, end));
    if (kind === 'link' || kind === 'file') throw refused(`${JSON.stringify(path)} lies below a ${kind}`);
    if (kind === undefined) kinds.set(path.slice(0, end), 'folder');
  }
}

export const refused = (why: string): TowlineError => new TowlineError('CORRUPT', `the archive is not extracted: ${why}`, { hint: 'Ask whoever made it, or look at it with care.' });

import { listFolder as namesIn, readLink, statFile } from '../../../disk/read.ts';
import { isTemporaryName } from '../../../disk/temporary.ts';
import { TowlineError } from '../../../errors.ts';
import type { Excludes } from './excludes.ts';

/** One thing below a folder. The name of a folder ends with '/'; only an empty one is told. */
export type Listed =
  | { readonly kind: 'file'; readonly name: string; readonly mode: number; readonly size: number }
  | { readonly kind: 'folder'; readonly name: string; readonly mode: number; readonly size: 0 }
  | { readonly kind: 'link'; readonly name: string; readonly text: string; readonly size: number };

/** Everything below a folder, in the order of the names' bytes, so that the same folder gives the same list on every machine. Links are not followed. */
export function listBelow(folder: string, excludes: Excludes): readonly Listed[] {
  const found: Listed[] = [];
  const visit = (prefix: string): boolean => {
    let isEmpty = true;
    for (const { name: own, kind } of namesIn(prefix === '' ? folder : `${folder}/${prefix}`)) {
      const name = `${prefix}${own}`;
      if (isTemporaryName(own) || excludes(kind === 'folder' ? `${name}/` : name)) continue;
      isEmpty = false;
      if (kind === 'folder') {
        if (visit(`${name}/`)) found.push({ kind, name: `${name}/`, mode: 0o755, size: 0 });
      } else found.push(describe(folder, name));
    }
    return isEmpty;
  };
  visit('');
  return found.sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)));
}

function describe(folder: string, name: string): Listed {
  const path = `${folder}/${name}`;
  const info = statFile(path);
  if (info?.kind === 'file') return { kind: 'file', name, mode: info.mode & 0o777, size: info.size };
  const text = info?.kind === 'link' ? readLink(path) : undefined;
  if (text !== undefined) return { kind: 'link', name, text, size: Buffer.byteLength(text) };
  if (info === undefined) throw new TowlineError('NOT_FOUND', `'${path}' vanished while its folder was read`, { retryable: true, context: { path } });
  throw new TowlineError('UNSUPPORTED', `'${path}' is neither a file nor a folder nor a link (a socket, a pipe or a device)`, { hint: "Leave it out with '--exclude'.", context: { path } });
}

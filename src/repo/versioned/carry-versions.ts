import type { Scan } from '../../disk/scan.ts';
import type { Meta } from '../../odb/meta.ts';
import type { Observed } from '../collect/observe.ts';
import type { Content, Output } from '../stage.ts';

/** What an entry keeps of its versions when its content is recorded anew: those of the files that are the same. It stays a list of files once it is one. */
export function carryVersions({ files, hash, meta }: Output, stored: Exclude<Observed, { kind: 'absent' }>): Partial<Pick<Content, 'files' | 'meta'>> {
  if (stored.kind === 'file') return meta.version_id !== undefined && hash?.name === 'md5' && hash.value === stored.oid ? { meta } : {};
  if (files === undefined) return {};
  const before = new Map(files.map((one) => [one.relpath, one]));
  const metas = metasOfRows(stored.rows);
  return {
    files: Array.from(stored.entries, ({ relpath, oid }) => {
      const known = before.get(relpath);
      const isSame = known?.hash?.name === 'md5' && known.hash.value === oid;
      return { relpath, hash: { name: 'md5', value: oid }, meta: isSame ? known.meta : (metas.get(relpath) ?? {}) };
    }),
  };
}

function metasOfRows({ names, size, mode }: Scan): ReadonlyMap<string, Meta> {
  return new Map(Array.from(names, (name, row) => [name, { size: size[row] ?? 0, ...(((mode[row] ?? 0) & 0o100) !== 0 && { isexec: true as const }) }]));
}

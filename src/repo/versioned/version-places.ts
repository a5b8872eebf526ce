import { type HashName, isTreeOid, type Oid } from '../../odb/hash-info.ts';
import type { Meta } from '../../odb/meta.ts';
import type { VersionPlace, VersionPlaces } from '../../odb/version-objects.ts';
import { parsePath } from '../../storage/path.ts';
import type { Output } from '../stage.ts';

/** Where the objects of outputs lie on a remote; `owns` tells whether what is noted is noted of that remote. */
export function placesOf(outputs: Iterable<Output>, { name, owns }: { readonly name: HashName; readonly owns: (meta: Meta) => boolean }): VersionPlaces {
  const files = new Map<Oid, VersionPlace[]>();
  const listings = new Set<Oid>();
  const note = (oid: Oid, path: string, meta: Meta): void => {
    const versionId = owns(meta) ? meta.version_id : undefined;
    const place: VersionPlace = { path: parsePath(path), ...(versionId !== undefined && { versionId }), ...(meta.size !== undefined && name === 'md5' && { size: meta.size }) };
    const known = files.get(oid);
    if (known) known.push(place);
    else files.set(oid, [place]);
  };
  for (const { path, hash, meta, files: tracked } of outputs) {
    if (hash?.name !== name) continue;
    if (!isTreeOid(hash.value)) note(hash.value, path, meta);
    else if (tracked) {
      listings.add(hash.value);
      for (const one of tracked) if (one.hash) note(one.hash.value, `${path}/${one.relpath}`, one.meta);
    }
  }
  return { files, listings };
}

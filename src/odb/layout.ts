import { parsePath, type Path } from '../storage/path.ts';
import { type HashName, isOid, type Oid } from './hash-info.ts';

/** Where objects of a hash lie below a cache or remote: DVC 3 keeps md5 under 'files/md5', DVC 2 right at the root. */
export function objectFolder(name: HashName): Path {
  return parsePath(name === 'md5' ? 'files/md5' : '');
}

/** The path of an object: '<folder>/<first two digits>/<the rest>'. */
export function objectPath(name: HashName, oid: Oid): Path {
  // An oid is checked where it comes from, so this is a path without another look at each letter of it.
  return `${name === 'md5' ? 'files/md5/' : ''}${oid.slice(0, 2)}/${oid.slice(2)}` as Path;
}

/** The object a path names, or undefined for any other file. DVC takes every 'xx/rest' for an object, and its gc deletes foreign files. */
export function objectOfPath(name: HashName, path: string): Oid | undefined {
  const folder = objectFolder(name);
  const rest = folder === '' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
  if (rest[2] !== '/') return undefined;
  const oid = rest.slice(0, 2) + rest.slice(3);
  return isOid(oid) ? oid : undefined;
}

import { TowlineError } from '../../errors.ts';
import type { Address } from '../../storage/definition.ts';
import { isPath } from '../../storage/path.ts';

const HINT = 'Write it as gdrive://root/FOLDER, or with the id of a folder or shared drive (the end of its address in the browser) instead of root.';

/** Reads `gdrive://ID/PATH`. Names are taken as they are written, without percent-encoding, and slashes too many fall away, as in DVC. */
export function parseAddress(text: string): Address {
  const rest = text.replace(/^gdrive:\/\//i, '');
  const [root = '', ...names] = rest.replace(/\/{2,}/g, '/').replace(/\/$/, '').split('/');
  if (root === '') throw new TowlineError('INVALID_CONFIG', `Empty GDrive URL '${text}'.`, { hint: HINT });
  const path = names.join('/');
  if (!/^[\w-]+$/.test(root)) throw new TowlineError('INVALID_CONFIG', `'${text}': '${root}' is not the id of a folder on Google Drive`, { hint: HINT });
  // DVC drops what follows a '?', so such a remote would lie in two places.
  if (path.includes('?') || !isPath(path)) throw new TowlineError('INVALID_CONFIG', `'${text}': '${path}' is not a folder's path`, { hint: "Leave out '?', '.' and '..'." });
  return { displayUrl: `gdrive://${root}${path === '' ? '' : `/${path}`}`, host: root, path };
}

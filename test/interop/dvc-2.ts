import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the data of a repository of DVC 2 is: a directory and a file. */
export const DATA = { 'data/text': 'one\ntwo\n', 'data/sub/b': 'b\n', single: 'single\n' };
/** The same with the line ends of Windows, which the digest of DVC 2 leaves out. */
export const WINDOWS: typeof DATA = { ...DATA, 'data/text': 'one\r\ntwo\r\n', single: 'x\r\n' };
/** Of a pipeline that copies the file. */
export const PIPELINE = 'stages:\n  # why\n  copy:\n    cmd: cp single copied\n    deps: [single]\n    outs: [copied]\n';

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
/** As DVC 2 named text. */
const unix = (text: string): string => md5(text.replaceAll('\r\n', '\n'));
export const objectPath = (oid: string): string => `${oid.slice(0, 2)}/${oid.slice(2)}`;

/** The listing of the directory, its files named by `name`. */
export function listing(contents: typeof DATA, name: (text: string) => string): string {
  const entries = Object.entries(contents).filter(([path]) => path.startsWith('data/')).map(([path, text]) => ({ md5: name(text), relpath: path.slice('data/'.length) })).toSorted((a, b) => (a.relpath < b.relpath ? -1 : 1));
  return `[${entries.map((entry) => `{"md5": "${entry.md5}", "relpath": "${entry.relpath}"}`).join(', ')}]`;
}

export const LOCK = `schema: '2.0'\nstages:\n  copy:\n    cmd: cp single copied\n    deps:\n    - path: single\n      md5: ${unix(DATA.single)}\n      size: 7\n    outs:\n    - path: copied\n      md5: ${unix(DATA.single)}\n      size: 7\n`;

/** Puts the workspace, the cache and the `.dvc` files that DVC 2 made of `contents` into a repository. */
export function putDvc2(root: string, contents: typeof DATA): void {
  const put = (path: string, text: string, isObject = false): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (existsSync(join(root, path))) return;
    writeFileSync(join(root, path), text);
    if (isObject) chmodSync(join(root, path), 0o444);
  };
  for (const [path, text] of Object.entries(contents)) {
    put(path, text);
    put(`.dvc/cache/${objectPath(unix(text))}`, text, true);
  }
  const data = listing(contents, unix);
  put(`.dvc/cache/${objectPath(md5(data))}.dir`, data, true);
  const size = contents['data/text'].length + contents['data/sub/b'].length;
  put('data.dvc', `# mine\nouts:\n- md5: ${md5(data)}.dir\n  size: ${size}\n  nfiles: 2\n  path: data\n`);
  put('single.dvc', `outs:\n- md5: ${unix(contents.single)}\n  size: ${contents.single.length}\n  path: single\n`);
  writeFileSync(join(root, '.gitignore'), '/data\n/single\n/copied\n');
}

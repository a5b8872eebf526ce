import type { Driver, Entry, Page, Upload } from '../driver.ts';
import type { Layer } from '../layer.ts';
import { joinPath, type Path } from '../path.ts';

/** Shows one folder of a storage as if it were the whole: paths are put below `folder` on the way in and cut on the way out. */
export function prefix(folder: Path): Layer {
  if (folder === '') return (inner) => inner;
  const inside = (path: Path): Path => joinPath(folder, path);
  const outside = <T extends { readonly path: Path }>(item: T): T => ({ ...item, path: item.path.slice(folder.length + 1) as Path });
  const page = <T extends Entry>(found: Page<T>): Page<T> => ({ ...found, entries: found.entries.map(outside) });
  return (inner) => {
    const { write, list, delete: remove, listVersions, upload, origin, presign } = inner;
    return {
      ...inner,
      displayUrl: `${inner.displayUrl.replace(/\/$/, '')}/${folder}`,
      stat: async (path, options) => outside(await inner.stat(inside(path), options)),
      async read(path, options) {
        const content = await inner.read(inside(path), options);
        return { ...content, entry: outside(content.entry), cancel: () => { content.cancel(); } };
      },
      ...(write && { write: async (path, source, options) => {
        const written = await write(inside(path), source, options);
        return { ...written, entry: outside(written.entry) };
      } }),
      ...(list && { list: async (path, options) => page(await list(inside(path), options)) }),
      ...(remove && { delete: async (names, options) => (await remove(names.map((name) => ({ ...name, path: inside(name.path) })), options)).map(outside) }),
      ...(listVersions && { listVersions: async (path, options) => page(await listVersions(inside(path), options)) }),
      ...(upload && { upload: async (path, options) => completing(await upload(inside(path), options), outside) }),
      ...(origin && { origin: (path, options) => origin(inside(path), options) }),
      ...(presign && { presign: async (path, options) => await presign(inside(path), options) }),
    } satisfies Driver;
  };
}

function completing(upload: Upload, outside: (entry: Entry) => Entry): Upload {
  const complete: Upload['complete'] = async (...args) => outside(await upload.complete(...args));
  return Object.create(upload, { complete: { enumerable: true, value: complete } }) as Upload;
}

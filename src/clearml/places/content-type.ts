/** By suffix, as Python's mimetypes says it with Debian's table (clearml 2.1.7 on Debian 12). */
const TYPES: Readonly<Record<string, string>> = {
  txt: 'text/plain', log: 'text/plain', text: 'text/plain', c: 'text/x-csrc', h: 'text/x-chdr', cpp: 'text/x-c++src', css: 'text/css', csv: 'text/csv', htm: 'text/html', html: 'text/html', md: 'text/markdown',
  js: 'text/javascript', mjs: 'text/javascript', py: 'text/x-python', sh: 'application/x-sh', tsv: 'text/tab-separated-values', xml: 'application/xml', json: 'application/json', pdf: 'application/pdf', wasm: 'application/wasm',
  zip: 'application/zip', tar: 'application/x-tar', '7z': 'application/x-7z-compressed', bin: 'application/octet-stream', exe: 'application/x-msdos-program', dll: 'application/x-msdos-program', so: 'application/octet-stream', h5: 'application/x-hdf5',
  pt: 'application/vnd.snesdev-page-table', doc: 'application/msword', xls: 'application/vnd.ms-excel', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', bmp: 'image/bmp', svg: 'image/svg+xml', tif: 'image/tiff', tiff: 'image/tiff', webp: 'image/webp', ico: 'image/vnd.microsoft.icon',
  mp3: 'audio/mpeg', wav: 'audio/x-wav', flac: 'audio/flac', ogg: 'audio/ogg', mp4: 'video/mp4', avi: 'video/x-msvideo', mov: 'video/quicktime', mpeg: 'video/mpeg', webm: 'video/webm', mkv: 'video/x-matroska',
};

/** What an upload says of its content. Python drops the suffix of a compressed tar, and knows no type of other compressed files. */
export function contentTypeOf(name: string, unknown = 'binary/octet-stream'): string {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase().replace(/\.tgz$/, '.tar').replace(/\.tar\.(?:gz|bz2|xz)$/, '.tar');
  const cut = base.lastIndexOf('.');
  const suffix = cut > 0 ? base.slice(cut + 1) : '';
  return Object.hasOwn(TYPES, suffix) ? TYPES[suffix] ?? unknown : unknown;
}

import { hash } from 'node:crypto';

/** The file system takes 255 bytes; ClearML leaves 32 for the ends of its temporary names. */
const LONGEST_NAME = 223;
const ARCHIVE = /\.(?:zip|tgz|tar\.gz)$/i;

/** The name of a URL in the cache: the md5 of the URL as it was given, and what follows its last slash. */
export function cacheName(url: string): string {
  const last = url.slice(url.lastIndexOf('/') + 1);
  return shortened(`${hash('md5', url, 'hex')}.`, last);
}

/** A name that is too long loses the end of its stem, and keeps its last two suffixes; the md5 always stays, because it tells the URLs apart. */
function shortened(head: string, last: string): string {
  if (Buffer.byteLength(head + last) <= LONGEST_NAME) return head + last;
  const room = LONGEST_NAME - head.length;
  const suffixes = suffixesOf(last).slice(-2).join('').replace(/ +$/, '');
  if (suffixes === '' || Buffer.byteLength(suffixes) >= room) return head + cut(last, room);
  const stem = last.slice(0, last.length - suffixes.length).trim();
  return `${head}${cut(stem, room - Buffer.byteLength(suffixes)).trim()}${suffixes}`;
}

/** As Python's `Path.suffixes`: what begins with a dot is no suffix, and a dot at the end makes none. */
function suffixesOf(name: string): readonly string[] {
  if (name.endsWith('.')) return [];
  return name.replace(/^\.+/, '').split('.').slice(1).map((suffix) => `.${suffix}`);
}

/** The longest beginning of whole characters that fits. */
function cut(text: string, bytes: number): string {
  let kept = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) return kept;
    kept += character;
  }
  return kept;
}

/** Where an archive's suffix begins and which it is; undefined for what is no archive. The query of a signed URL is not part of its name. */
export function archiveSuffix(name: string, url: string): { readonly stem: string; readonly kind: 'zip' | 'tar' } | undefined {
  const bare = /^[^/]*\/\/[^/]+\/[^?]*\?/.test(url) && !ARCHIVE.test(name) ? name.replace(/\?.*$/s, '') : name;
  const found = ARCHIVE.exec(bare);
  return found ? { stem: bare.slice(0, found.index), kind: found[0].toLowerCase() === '.zip' ? 'zip' : 'tar' } : undefined;
}

/** The folder of an extracted archive. ClearML writes Python's word for 'no name', and each context may have its own form. */
export function archiveFolderName(stem: string, { context, name }: { readonly context: string; readonly name: string | undefined }): string {
  const shown = name === undefined || name === '' ? (name ?? 'None') : encodeURIComponent(name).replaceAll('%20', ' ').replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return context === 'datasets' ? `${stem}_archive_${shown}` : `${stem}_artifacts_archive_${shown}`;
}

import { TowlineError } from '../errors.ts';
import { bareEtag } from './etag.ts';
import { type ListedObject, takeRows } from './listing-rows.ts';
import { decodeText, scanXml } from './xml.ts';

export type { ListedObject };

/** One page of a listing. */
export interface Listing {
  readonly objects: readonly ListedObject[];
  readonly isTruncated: boolean;
  readonly nextToken: string | undefined;
  readonly nextMarker: string | undefined;
}

/** Reads the answer to ListObjects and ListObjectsV2. */
export function readListing(xml: string): Listing {
  const rows = takeRows(xml);
  const { objects, page } = rows ? readXml(rows.rest) : readXml(xml);
  // Where their place is none for rows - in a comment, or deeper - the reader of XML decides what they are.
  if (rows && page.get('Contents') === '') return describePage(rows.objects, page);
  return rows ? readXmlListing(xml) : describePage(objects, page);
}

/** What a page says beside its objects, of which one empty `<Contents/>` is left. Undefined where that stands in no place for objects. */
export function readAround(xml: string): Omit<Listing, 'objects'> | undefined {
  const { objects, page } = readXml(xml);
  return objects.length === 0 && page.get('Contents') === '' ? describePage(objects, page) : undefined;
}

/** The same, every character of it read as XML. */
export function readXmlListing(xml: string): Listing {
  const { objects, page } = readXml(xml);
  return describePage(objects, page);
}

interface Page {
  readonly objects: readonly ListedObject[];
  /** The elements that stand beside the objects. */
  readonly page: ReadonlyMap<string, string>;
}

function readXml(xml: string): Page {
  const objects: ListedObject[] = [];
  const page = new Map<string, string>();
  let depth = 0;
  let key = '';
  let size = '';
  let etag: string | undefined;
  let modified = '';
  scanXml(xml, {
    open(name) {
      depth++;
      if (depth !== 2 || name !== 'Contents') return;
      key = size = modified = '';
      etag = undefined;
    },
    leaf(name, raw) {
      if (depth === 1) page.set(name, decodeText(raw));
      else if (depth !== 2) return;
      else if (name === 'Key') key = raw;
      else if (name === 'Size') size = raw;
      else if (name === 'ETag') etag = raw;
      else if (name === 'LastModified') modified = raw;
    },
    close(name) {
      depth--;
      if (depth === 1 && name === 'Contents') objects.push(listed(key, size, { etag, modified }));
    },
  });
  return { objects, page };
}

function describePage(objects: readonly ListedObject[], page: ReadonlyMap<string, string>): Listing {
  const isEncoded = page.get('EncodingType') === 'url';
  const marker = page.get('NextMarker');
  if (!page.has('IsTruncated')) throw new TowlineError('CORRUPT', 'The server sent a listing that does not say whether it is whole', { hint: 'Look whether the endpoint is that of the service.' });
  return {
    objects: isEncoded ? objects.map((object) => (isPlain(object.key) ? object : { ...object, key: decodeKey(object.key) })) : objects,
    isTruncated: page.get('IsTruncated') === 'true',
    nextToken: page.get('NextContinuationToken'),
    nextMarker: marker === undefined || marker === '' ? undefined : isEncoded ? decodeKey(marker) : marker,
  };
}

/** Nothing in it stands for something else. Asked of every object of a listing, where an expression takes five times as long. */
const isPlain = (key: string): boolean => !key.includes('%') && !key.includes('+');

function listed(key: string, size: string, { etag, modified }: { readonly etag: string | undefined; readonly modified: string }): ListedObject {
  if (key === '' || !/^\d{1,16}$/.test(size)) throw new TowlineError('CORRUPT', `The server sent a listing with an object without ${key === '' ? 'a name' : 'a size'}`, { hint: 'Look whether the endpoint is that of the service.' });
  return { key: decodeText(key), size: Number(size), etag: etag === undefined ? undefined : bareEtag(decodeText(etag.replaceAll('&quot;', ''))), modifiedAt: Date.parse(modified) };
}

/** Undoes `encoding-type=url`, by which keys survive that XML cannot hold; a blank is '+' there, as in forms. */
export function decodeKey(key: string): string {
  if (!key.includes('%') && !key.includes('+')) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    throw new TowlineError('CORRUPT', `The server sent a listing with a damaged name: ${JSON.stringify(key.slice(0, 200))}`, { cause });
  }
}

import { TowlineError } from '../errors.ts';
import { bareEtag } from './etag.ts';
import { decodeText, scanXml } from './xml.ts';

/** One object of a listing, as the service spells it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string | undefined;
  readonly modifiedAt: number;
}

/** One page of a listing. */
export interface Listing {
  readonly objects: readonly ListedObject[];
  readonly isTruncated: boolean;
  readonly nextToken: string | undefined;
  readonly nextMarker: string | undefined;
}

/** Reads the answer to ListObjects and ListObjectsV2. */
export function readListing(xml: string): Listing {
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
  const isEncoded = page.get('EncodingType') === 'url';
  const marker = page.get('NextMarker');
  if (!page.has('IsTruncated')) throw new TowlineError('CORRUPT', 'The server sent a listing that does not say whether it is whole', { hint: 'Look whether the endpoint is that of the service.' });
  return {
    objects: isEncoded ? objects.map((object) => (/[%+]/.test(object.key) ? { ...object, key: decodeKey(object.key) } : object)) : objects,
    isTruncated: page.get('IsTruncated') === 'true',
    nextToken: page.get('NextContinuationToken'),
    nextMarker: marker === undefined || marker === '' ? undefined : isEncoded ? decodeKey(marker) : marker,
  };
}

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

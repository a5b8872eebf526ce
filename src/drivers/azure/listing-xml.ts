import { TowlineError } from '../../errors.ts';
import { decodeText, scanXml } from '../../http/xml.ts';

/** One blob of a listing, as the service spells it: the fields of its element, its properties and `meta.` its metadata together. */
export type ListedBlob = ReadonlyMap<string, string>;
export interface BlobPageOptions { /** All metadata, not only those that mark a folder. */ readonly withMetadata?: boolean | undefined }
export interface BlobPage {
  readonly blobs: readonly ListedBlob[];
  /** What to ask for the next page; undefined on the last. */
  readonly marker: string | undefined;
}

/** 5000 names of 1024 characters, each percent-encoded, and what stands beside them. */
export const LISTING_BYTES = 64 * 1024 * 1024;

/** Fields of a blob that are looked at; the two dozen others are not even decoded. */
const FIELDS: ReadonlySet<string> = new Set(['Name', 'EncodedName', 'VersionId', 'IsCurrentVersion', 'Snapshot', 'Deleted', 'Last-Modified', 'Etag', 'Content-Length', 'ResourceType']);
const META: ReadonlySet<string> = new Set(['hdi_isfolder', 'is_directory']);

/** Reads the answer to List Blobs. */
export function readBlobPage(xml: string, { withMetadata = false }: BlobPageOptions = {}): BlobPage {
  const blobs: ListedBlob[] = [];
  let blob: Map<string, string> | undefined;
  let isMetadata = false;
  let marker: string | undefined;
  let isListing = false;
  scanXml(withoutAttributes(xml), {
    open(name) {
      if (name === 'EnumerationResults') isListing = true;
      else if (name === 'Blob') blob = new Map();
      else if (name === 'Metadata') isMetadata = true;
    },
    leaf(name, raw) {
      if (blob === undefined) {
        if (name === 'NextMarker' && raw !== '') marker = decodeText(raw);
      } else if (!isMetadata) {
        if (FIELDS.has(name)) blob.set(name, decodeText(raw));
      } else if (withMetadata || META.has(name.toLowerCase())) blob.set(`x-ms-meta-${name.toLowerCase()}`, decodeText(raw));
    },
    close(name) {
      if (name === 'Metadata') isMetadata = false;
      if (name !== 'Blob' || blob === undefined) return;
      blobs.push(blob);
      blob = undefined;
    },
  });
  if (!isListing) throw new TowlineError('CORRUPT', 'The server sent something that is no listing', { hint: 'Look whether the endpoint is an Azure blob service.' });
  return { blobs, marker };
}

/** A name that XML cannot hold is percent-encoded, which only an attribute says (version 2021-02-12 and later): such an element is given a name of its own. */
function withoutAttributes(xml: string): string {
  return xml.includes('Encoded="true"') ? xml.replace(/<Name Encoded="true">([^<]*)<\/Name>/g, '<EncodedName>$1</EncodedName>') : xml;
}

/** The name of a listed blob. */
export function nameOf(blob: ListedBlob): string {
  const encoded = blob.get('EncodedName');
  if (encoded === undefined) return blob.get('Name') ?? '';
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new TowlineError('CORRUPT', `The server sent a listing with a damaged name: ${JSON.stringify(encoded.slice(0, 200))}`, { cause });
  }
}

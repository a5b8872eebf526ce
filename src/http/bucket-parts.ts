import { decodeText, encodeText, scanXml } from './xml.ts';

/** A part that the service holds. */
export interface ListedPart {
  readonly number: number;
  readonly length: number;
  readonly tag: string;
  /** The CRC-64 of the part, in decimals, where the service tells it. */
  readonly crc64: string | undefined;
}

/** Reads one page of the parts of an upload; `next` is where the following one begins. */
export function readParts(xml: string): { readonly parts: readonly ListedPart[]; readonly next: string | undefined } {
  const parts: ListedPart[] = [];
  const part = new Map<string, string>();
  const page = new Map<string, string>();
  let isInPart = false;
  scanXml(xml, {
    open(name) {
      if (name !== 'Part') return;
      isInPart = true;
      part.clear();
    },
    leaf: (name, raw) => void (isInPart ? part : page).set(name, decodeText(raw)),
    close(name) {
      if (name !== 'Part') return;
      isInPart = false;
      parts.push({ number: Number(part.get('PartNumber')), length: Number(part.get('Size')), tag: part.get('ETag') ?? '', crc64: part.get('HashCrc64ecma') });
    },
  });
  return { parts, next: page.get('IsTruncated') === 'true' ? page.get('NextPartNumberMarker') : undefined };
}

/** What ends an upload: the parts that make the object, in order. */
export function completionBody(parts: readonly { readonly number: number; readonly tag: string }[], attributes = ''): Uint8Array {
  const listed = parts.map(({ number, tag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${encodeText(tag)}</ETag></Part>`).join('');
  return Buffer.from(`<CompleteMultipartUpload${attributes}>${listed}</CompleteMultipartUpload>`);
}

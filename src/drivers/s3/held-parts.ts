import type { Part } from '../../storage/driver.ts';
import type { PartTarget } from './copy-source.ts';
import { encodeQuery } from './encoding.ts';
import type { Session } from './session.ts';
import { decodeText, scanXml } from '../../http/xml.ts';

const ANSWER_BYTES = 4 * 1024 * 1024;

/** What must be known to tell where a part lies: all but the last are of one size. */
export interface Measures {
  readonly partSize: number;
  readonly size: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The parts that the service holds whole, in order. One of a size that does not fit is left out, so that it is sent again. */
export async function heldParts({ client, headers }: Session, { key, uploadId }: PartTarget, { partSize, size, signal }: Measures): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (let marker: string | undefined = '0'; marker !== undefined; ) {
    const { text } = await client.ask({
      method: 'GET', verb: 'look at the upload of', key, query: encodeQuery({ 'max-parts': 1000, 'part-number-marker': marker, uploadId }), headers: headers.key, signal,
    }, ANSWER_BYTES);
    const page = readPage(text);
    for (const { number, length, tag } of page.parts) {
      const start = (number - 1) * partSize;
      const isFitting = size === undefined ? length === partSize : length === Math.min(partSize, size - start);
      if (isFitting) parts.push({ number, start, end: start + length, tag });
    }
    marker = page.next === marker ? undefined : page.next;
  }
  return parts;
}

interface HeldPart {
  readonly number: number;
  readonly length: number;
  readonly tag: string;
}

function readPage(xml: string): { readonly parts: readonly HeldPart[]; readonly next: string | undefined } {
  const parts: HeldPart[] = [];
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
      parts.push({ number: Number(part.get('PartNumber')), length: Number(part.get('Size')), tag: part.get('ETag') ?? '' });
    },
  });
  return { parts, next: page.get('IsTruncated') === 'true' ? page.get('NextPartNumberMarker') : undefined };
}

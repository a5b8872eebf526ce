import { readParts } from '../../http/bucket-parts.ts';
import type { Part } from '../../storage/driver.ts';
import { type Measures, placePart } from '../../storage/held-parts.ts';
import { parseCrc } from './entry.ts';
import type { Session } from './session.ts';

const ANSWER_BYTES = 4 * 1024 * 1024;

/** What a request about a part names. */
export interface PartTarget {
  readonly key: string;
  readonly uploadId: string;
}
/** What the service already has of an upload. */
export interface HeldParts {
  readonly parts: readonly Part[];
  /** CRC-64 of each by its number and tag, where the service tells it. */
  readonly sums: Map<string, bigint>;
}

/** The parts that the service holds whole, in order. One of a size that does not fit is left out, so that it is sent again. */
export async function heldParts({ client }: Session, { key, uploadId }: PartTarget, { signal, ...measures }: Measures & { readonly signal: AbortSignal | undefined }): Promise<HeldParts> {
  const parts: Part[] = [];
  const sums = new Map<string, bigint>();
  for (let marker: string | undefined = '0'; marker !== undefined; ) {
    const { text } = await client.ask({ method: 'GET', verb: 'look at the upload of', key, query: { 'max-parts': 1000, 'part-number-marker': marker, uploadId }, signal }, ANSWER_BYTES);
    const page = readParts(text);
    parts.push(...page.parts.flatMap((part) => placePart(part, measures) ?? []));
    for (const part of page.parts) {
      const sum = parseCrc(part.crc64);
      if (sum !== undefined) sums.set(sumKey(part), sum);
    }
    marker = page.next === marker ? undefined : page.next;
  }
  return { parts, sums };
}

/** A part as it was sent just once: sent again, it may have another sum. */
export const sumKey = ({ number, tag }: Pick<Part, 'number' | 'tag'>): string => `${number} ${tag}`;

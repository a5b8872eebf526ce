import { readParts } from '../../http/bucket-parts.ts';
import type { Part } from '../../storage/driver.ts';
import { type Measures, placePart } from '../../storage/held-parts.ts';
import type { PartTarget } from './copy-source.ts';
import { encodeQuery } from './encoding.ts';
import type { Session } from './session.ts';

const ANSWER_BYTES = 4 * 1024 * 1024;

/** The parts that the service holds whole, in order. One of a size that does not fit is left out, so that it is sent again. */
export async function heldParts({ client, headers }: Session, { key, uploadId }: PartTarget, { signal, ...measures }: Measures & { readonly signal: AbortSignal | undefined }): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (let marker: string | undefined = '0'; marker !== undefined; ) {
    const { text } = await client.ask({
      method: 'GET', verb: 'look at the upload of', key, query: encodeQuery({ 'max-parts': 1000, 'part-number-marker': marker, uploadId }), headers: headers.key, signal,
    }, ANSWER_BYTES);
    const page = readParts(text);
    parts.push(...page.parts.flatMap((part) => placePart(part, measures) ?? []));
    marker = page.next === marker ? undefined : page.next;
  }
  return parts;
}

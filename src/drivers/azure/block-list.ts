import { hasCode } from '../../errors.ts';
import { decodeText, encodeText, scanXml } from '../../http/xml.ts';
import type { Session } from './session.ts';

/** A part that the service holds and that belongs to no blob yet. */
export interface Block {
  readonly id: string;
  readonly size: number;
}

/** 100,000 blocks with ids of 64 bytes in base64. */
const ANSWER_BYTES = 32 * 1024 * 1024;

/** The blocks under a name that no blob is made of yet, whoever sent them; undefined where there are none and no blob either. */
export async function uncommittedBlocks({ client }: Session, key: string, signal: AbortSignal | undefined): Promise<readonly Block[] | undefined> {
  try {
    const { text } = await client.ask({ method: 'GET', verb: 'look at the upload of', key, query: { comp: 'blocklist', blocklisttype: 'uncommitted' }, signal }, ANSWER_BYTES);
    return readBlocks(text);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

export function readBlocks(xml: string): readonly Block[] {
  const blocks: Block[] = [];
  let isUncommitted = false;
  let id = '';
  let size = '';
  scanXml(xml.replace(/^\uFEFF/, ''), {
    open(name) {
      if (name === 'UncommittedBlocks') isUncommitted = true;
      else if (name === 'Block') id = size = '';
    },
    leaf(name, raw) {
      if (name === 'Name') id = decodeText(raw);
      else if (name === 'Size') size = raw;
    },
    close(name) {
      if (name === 'UncommittedBlocks') isUncommitted = false;
      else if (name === 'Block' && isUncommitted && /^\d{1,16}$/.test(size)) blocks.push({ id, size: Number(size) });
    },
  });
  return blocks;
}

/** The body that makes a blob of blocks. 'Latest' lets a repeated request find the blocks that its twin has made into the blob already. */
export const blockListXml = (ids: readonly string[]): string =>
  `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${encodeText(id)}</Latest>`).join('')}</BlockList>`;

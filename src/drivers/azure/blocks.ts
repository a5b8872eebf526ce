import { hasCode, TowlineError } from '../../errors.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import type { CallOptions, Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { blockId, idLength, numberOf, uploadName } from './block-id.ts';
import { type Block, blockListXml, uncommittedBlocks } from './block-list.ts';
import { bodyOf, bytesBody } from './body.ts';
import { asCondition, conditionHeaders, contentHeaders } from './conditions.ts';
import { contentMd5, entryOf } from './entry.ts';
import type { Session } from './session.ts';
import type { Header } from './shared-key.ts';

const MIB = 1024 ** 2;
/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
export const MOST_PARTS = 50_000;
const LARGEST_PART = 4000 * MIB;
const PART = 16 * MIB;
/** For an object of unknown size: reaches 3 TB. */
const UNKNOWN_SIZE_PART = 64 * MIB;

/** The size of the parts: never so small that 50,000 do not reach. */
export function choosePartSize(size: number | undefined): number {
  if (size === undefined) return UNKNOWN_SIZE_PART;
  if (size > LARGEST_PART * MOST_PARTS) throw new TowlineError('INVALID_ARGUMENT', `${size} bytes are more than the 190 TiB that Azure keeps as one blob`, { hint: 'Split it.' });
  return Math.max(PART, Math.ceil(size / MOST_PARTS / MIB) * MIB);
}

/** An upload in blocks, with what its copies need to know. */
export type BlockUpload = Upload & { readonly idOf: (number: number) => string };

/** Starts an upload in blocks, or takes up the one that `resume` names. The service knows of it only by its blocks. */
export async function upload(session: Session, path: Path, options: UploadOptions & { readonly partSize?: number }): Promise<BlockUpload> {
  const key = session.keyOf(path);
  conditionHeaders(options);
  contentHeaders(options);
  if (options.resume === undefined) {
    const length = idLength(await presentIds(session, key, options.signal), session.client.where(key));
    return makeUpload(session, path, { options, held: [], token: { name: uploadName(session.opening.randomBytes), partSize: options.partSize ?? choosePartSize(options.size), length } });
  }
  const token = readToken(session, path, options.resume);
  const held = heldParts((await uncommittedBlocks(session, key, options.signal)) ?? [], token, options.size);
  if (held.length === 0) throw new TowlineError('NOT_FOUND', `The upload of ${session.client.where(key)} cannot be taken up: the service holds no part of it`, { hint: 'Start it anew.' });
  return makeUpload(session, path, { options, token, held });
}

/** The ids that are there already. A login that may only write is not told, and then most likely nobody else has left any. */
async function presentIds(session: Session, key: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  try {
    return ((await uncommittedBlocks(session, key, signal)) ?? []).map(({ id }) => id);
  } catch (error) {
    if (hasCode(error, 'PERMISSION_DENIED')) return [];
    throw error;
  }
}

interface Token {
  readonly name: string;
  readonly partSize: number;
  /** Bytes of a block's id. */
  readonly length: number;
}

/** The parts that the service holds whole, in order. One of a size that does not fit is left out, so that it is sent again. */
function heldParts(blocks: readonly Block[], { name, partSize }: Token, size: number | undefined): readonly Part[] {
  return blocks.flatMap(({ id, size: length }) => {
    const number = numberOf(id, name);
    if (number === undefined) return [];
    const start = (number - 1) * partSize;
    const isFitting = size === undefined ? length === partSize : length === Math.min(partSize, size - start);
    return isFitting ? [{ number, start, end: start + length, tag: id }] : [];
  }).toSorted((a, b) => a.number - b.number);
}

interface Started {
  readonly options: UploadOptions;
  readonly token: Token;
  readonly held: readonly Part[];
}

function makeUpload(session: Session, path: Path, { options, token, held }: Started): BlockUpload {
  const idOf = (number: number): string => blockId(token.name, number, token.length);
  return {
    token: writeToken(session, path, token),
    partSize: token.partSize,
    order: 'any',
    held,
    idOf,
    send: (part, source, call) => sendPart(session, path, { part, source, id: idOf(part.number), call: call ?? {} }),
    complete: (parts, call) => complete(session, path, { parts, options: { ...options, ...call } }),
    // The service has no request for it: blocks that no blob was made of go by themselves after a week, and are seen by nobody until then.
    abort: async () => undefined,
  };
}

interface Sent {
  readonly part: Omit<Part, 'tag'>;
  /** Of the part alone. */
  readonly source: Source;
  readonly id: string;
  readonly call: CallOptions;
}

async function sendPart({ client, keyOf }: Session, path: Path, { part, source, id, call }: Sent): Promise<Part> {
  const key = keyOf(path);
  const size = part.end - part.start;
  if (source.size !== undefined && source.size !== size) throw new TowlineError('INVALID_ARGUMENT', `Part ${part.number} of ${client.where(key)} should have ${size} bytes, and its source has ${source.size}`);
  const md5 = contentMd5(source.checksum);
  const headers: readonly Header[] = md5 === undefined ? [] : [['content-md5', md5]];
  (await client.send({ method: 'PUT', verb: 'write', key, query: { comp: 'block', blockid: id }, headers, body: bodyOf(source, size, call), signal: call.signal })).cancel();
  return { ...part, tag: id };
}

async function complete({ client, keyOf }: Session, path: Path, { parts, options }: { readonly parts: readonly Part[]; readonly options: UploadOptions }): Promise<Entry> {
  const key = keyOf(path);
  const { ordered, size } = contiguousParts(parts, { size: options.size, where: client.where(key) });
  const body = bytesBody(Buffer.from(blockListXml(ordered.map(({ tag }) => tag))));
  try {
    const response = await client.send({
      method: 'PUT', verb: 'finish the upload of', key, query: { comp: 'blocklist' }, body, signal: options.signal,
      headers: [...contentHeaders(options), ...conditionHeaders(options), ['content-type', 'application/xml']],
    });
    response.cancel();
    return entryOf(path, response, size);
  } catch (error) {
    throw asCondition(error, options.mode);
  }
}

function writeToken({ client, keyOf }: Session, path: Path, { name, partSize, length }: Token): string {
  const { account, container } = client.settings;
  return Buffer.from(JSON.stringify([1, account, container, keyOf(path), name, partSize, length])).toString('base64url');
}

function readToken({ client, keyOf }: Session, path: Path, text: string): Token {
  const { account, container } = client.settings;
  const where = client.where(keyOf(path));
  try {
    const [version, ofAccount, ofContainer, key, name, partSize, length] = JSON.parse(Buffer.from(text, 'base64url').toString()) as readonly unknown[];
    const isOurs = version === 1 && ofAccount === account && ofContainer === container && key === keyOf(path);
    if (isOurs && typeof name === 'string' && Number.isSafeInteger(partSize) && Number.isSafeInteger(length)) return { name, partSize: partSize as number, length: length as number };
  } catch (cause) {
    throw new TowlineError('NOT_FOUND', `The upload of ${where} cannot be taken up: its token is damaged`, { cause, hint: 'Start it anew.' });
  }
  throw new TowlineError('NOT_FOUND', `The upload of ${where} cannot be taken up: its token is of another object`, { hint: 'Start it anew.' });
}

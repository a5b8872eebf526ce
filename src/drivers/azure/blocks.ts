import { hasCode, TowlineError } from '../../errors.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import { contentMd5 } from '../../storage/content-md5.ts';
import type { CallOptions, Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import { placePart } from '../../storage/held-parts.ts';
import { choosePartSize as partSizeFor, type PartLimits } from '../../storage/part-size.ts';
import type { Path } from '../../storage/path.ts';
import { bodyOf, bytesBody } from '../../storage/request-body.ts';
import type { Source } from '../../storage/source.ts';
import { readUploadToken, type UploadToken, writeUploadToken } from '../../storage/upload-token.ts';
import { blockId, idLength, newUploadId, numberOf } from './block-id.ts';
import { type Block, blockListXml, uncommittedBlocks } from './block-list.ts';
import { asCondition, conditionHeaders, contentHeaders } from './conditions.ts';
import { entryOf } from './entry.ts';
import type { Session } from './session.ts';
import type { Header } from './shared-key.ts';

const MIB = 1024 ** 2;
/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
export const MOST_PARTS = 50_000;
const PART = 16 * MIB;
const LARGEST_PART = 4000 * MIB;
const LIMITS: PartLimits = {
  service: 'Azure', mostParts: MOST_PARTS, smallestPart: PART, largestPart: LARGEST_PART, largestObject: LARGEST_PART * MOST_PARTS,
  // Reaches 3 TB.
  unknownSizePart: 64 * MIB,
};

/** The size of the parts: never so small that 50,000 do not reach. */
export const choosePartSize = (size: number | undefined, wanted = PART): number => partSizeFor(size, wanted, LIMITS);

/** An upload in blocks, with what its copies need to know. */
export type BlockUpload = Upload & { readonly idOf: (number: number) => string };

/** Starts an upload in blocks, or takes up the one that `resume` names. The service knows of it only by its blocks. */
export async function upload(session: Session, path: Path, options: UploadOptions & { readonly partSize?: number }): Promise<BlockUpload> {
  const key = session.keyOf(path);
  conditionHeaders(options);
  contentHeaders(options);
  const { account, container } = session.client.settings;
  const target = { bucket: `${account}/${container}`, key, where: session.client.where(key) };
  if (options.resume === undefined) {
    const length = idLength(await presentIds(session, key, options.signal), target.where);
    const token = { ...target, uploadId: newUploadId(session.opening.randomBytes, length), partSize: options.partSize ?? choosePartSize(options.size) };
    return makeUpload(session, path, { options, held: [], token });
  }
  const token = readUploadToken(options.resume, target);
  const held = heldParts((await uncommittedBlocks(session, key, options.signal)) ?? [], token, options.size);
  if (held.length === 0) throw new TowlineError('NOT_FOUND', `The upload of ${target.where} cannot be taken up: the service holds no part of it`, { hint: 'Start it anew.' });
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

/** The parts that the service holds whole, in order. One of a size that does not fit is left out, so that it is sent again. */
function heldParts(blocks: readonly Block[], { uploadId, partSize }: UploadToken, size: number | undefined): readonly Part[] {
  return blocks.flatMap(({ id, size: length }) => {
    const number = numberOf(id, uploadId);
    return number === undefined ? [] : placePart({ number, length, tag: id }, { partSize, size }) ?? [];
  }).toSorted((a, b) => a.number - b.number);
}

interface Started {
  readonly options: UploadOptions;
  readonly token: UploadToken;
  readonly held: readonly Part[];
}

function makeUpload(session: Session, path: Path, { options, token, held }: Started): BlockUpload {
  const idOf = (number: number): string => blockId(token.uploadId, number);
  return {
    token: writeUploadToken(token),
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

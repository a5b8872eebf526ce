import { createHasher, type Hasher } from '../../disk/hasher.ts';
import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import type { CallOptions, Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { bytesBody } from '../../storage/request-body.ts';
import { entryOf } from './file.ts';
import type { Session } from './session.ts';
import { findTarget, foundAnew, jsonBody, readStored, type Target, uploadRequest } from './target.ts';
import { createUploadSession, GRAIN, type UploadSession } from './upload-session.ts';

/** A multiple of what the service stores; so much is sent again at most when a connection breaks. */
const PART_SIZE = 16 * 1024 * 1024;

/** Starts a resumable upload, or takes up the one that `resume` names. */
export async function upload(session: Session, path: Path, options: UploadOptions): Promise<Upload> {
  throwIfAborted(options.signal);
  if (options.resume === undefined) return await startUpload(session, path, { ...options, target: await findTarget(session, path, options) });
  const token = readToken(session, path, options.resume);
  const there = createUploadSession(session.client, { url: token.url, size: options.size, where: session.where(path) });
  const { at } = await there.position(options);
  if (at === undefined) throw new TowlineError('NOT_FOUND', `The upload of ${session.where(path)} cannot be taken up: it has been finished`, { hint: 'Start it anew.' });
  const held = Array.from({ length: Math.floor(at / token.partSize) }, (_, index) => tagged({ number: index + 1, start: index * token.partSize, end: (index + 1) * token.partSize }));
  return makeUpload(session, path, { there, partSize: token.partSize, held, at });
}

export interface StartOptions extends UploadOptions {
  readonly target: Target;
  /** The MD5 the whole must have, where nobody above looks at it. */
  readonly md5?: string | undefined;
}

export async function startUpload(session: Session, path: Path, { target, size, md5, signal }: StartOptions): Promise<Upload> {
  const { client, where } = session;
  const { headers = [], body } = jsonBody(target.metadata);
  const response = await foundAnew(session, path, () => client.send({
    ...uploadRequest(session, path, { target, uploadType: 'resumable' }), verb: 'start the upload of', signal, ...(body && { body }),
    headers: [...headers, ['x-upload-content-type', target.contentType], ...(size === undefined ? [] : [['x-upload-content-length', String(size)] as const])],
  }));
  response.cancel();
  const there = createUploadSession(client, { url: sessionUrl(client.origin, response.header('location') ?? '', where(path)), size, where: where(path) });
  return makeUpload(session, path, { there, partSize: PART_SIZE, held: [], at: 0, md5 });
}

/** Whoever holds the address can write: it must be the service's own. */
function sessionUrl(origin: string, text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.origin === origin || (url.protocol === 'https:' && url.hostname.endsWith('.googleapis.com')))) return url;
  throw new TowlineError('CORRUPT', `Cannot start the upload of ${where}: the service named no address of its own for it`, { hint: 'Look for a proxy between here and Google.' });
}

interface Started {
  readonly there: UploadSession;
  readonly partSize: number;
  readonly held: readonly Part[];
  readonly at: number;
  readonly md5?: string | undefined;
}
/** How far an upload is. */
interface State {
  /** How many bytes the service has; undefined when a request failed and nobody knows. */
  at: number | undefined;
  /** The last bytes that were given, up to `GRAIN`: sent by `complete`, because the last byte makes an object visible. */
  tail: { readonly start: number; readonly bytes: Uint8Array };
  /** Bytes hashed so far. */
  hashed: number;
}

function makeUpload(session: Session, path: Path, started: Started): Upload {
  const { there, partSize, held, md5 } = started;
  const state: State = { at: started.at, tail: { start: started.at, bytes: new Uint8Array() }, hashed: 0 };
  const line: Line = { there, state, where: session.where(path), hasher: md5 === undefined ? undefined : createHasher('md5') };
  return {
    token: writeToken(session, path, { url: there.url, partSize }), partSize, order: 'ascending', held,
    send: (part, source, call) => sendPart(line, { part, source, call: call ?? {} }),
    async complete(parts, call = {}) {
      const { size } = contiguousParts(parts, { size: there.size, where: line.where });
      if (line.hasher && state.hashed === size) requireDigest(line.hasher, md5, line.where);
      const stored = readStored(session, path, await finish(line, size, call));
      if (stored.size !== size || (md5 !== undefined && stored.md5 !== md5)) throw new TowlineError('CORRUPT', `${line.where}: the service stored other bytes than were sent`, { hint: 'Send it again.' });
      return entryOf(path, stored) satisfies Entry;
    },
    abort: () => there.abort(),
  };
}

function requireDigest(hasher: Hasher, md5: string | undefined, where: string): void {
  const found = hasher.digest();
  if (found !== md5) throw new TowlineError('CORRUPT', `${where}: the bytes should have md5 ${String(md5)}, but they have ${found}`, { hint: 'The object is damaged where it was read from.' });
}

interface Line {
  readonly there: UploadSession;
  readonly state: State;
  readonly where: string;
  readonly hasher: Hasher | undefined;
}
interface Sent {
  readonly part: Omit<Part, 'tag'>;
  /** Of the part alone. */
  readonly source: Source;
  readonly call: CallOptions;
}

async function sendPart(line: Line, { part, source, call }: Sent): Promise<Part> {
  const { there, state, where } = line;
  if (source.size !== undefined && source.size !== part.end - part.start) throw new TowlineError('INVALID_ARGUMENT', `Part ${part.number} of ${where} should have ${part.end - part.start} bytes, and its source has ${source.size}`);
  const isLast = there.size === undefined || part.end >= there.size;
  const border = isLast ? Math.max(part.start, Math.floor((part.end - 1) / GRAIN) * GRAIN) : part.end;
  const given = joined(state.tail, part, { source, call });
  let at = await positionOf(line, call);
  if (at < given.start) throw new TowlineError('UNAVAILABLE', `${where}: the service has lost a part of the upload`, { hint: 'Run the command again.' });
  while (at < border) {
    state.at = undefined;
    const from = at;
    const body = { size: border - from, open: () => exactly(given.open(from), { start: from, end: border, line }) };
    const progress = await there.send({ start: from, end: border, body }, call);
    if (progress.at === undefined || progress.at <= from) throw new TowlineError('UNAVAILABLE', `${where}: the service took none of the bytes it was sent`, { retryable: true });
    state.at = at = progress.at;
  }
  const kept: Uint8Array[] = [];
  if (border < part.end) for await (const chunk of exactly(given.open(border), { start: border, end: part.end, isWhole: true, line })) kept.push(Buffer.from(chunk));
  state.tail = { start: border, bytes: Buffer.concat(kept) };
  return tagged(part);
}

const tagged = (part: Omit<Part, 'tag'>): Part => ({ ...part, tag: `${part.start}-${part.end}` });

/** How far the service is, as it said last or is asked now. */
async function positionOf({ there, state, where }: Line, call: CallOptions): Promise<number> {
  if (state.at !== undefined) return state.at;
  const { at } = await there.position(call);
  if (at === undefined) throw new TowlineError('UNAVAILABLE', `${where}: the service has finished the upload before its end`, { hint: 'Run the command again.' });
  state.at = at;
  return at;
}

interface Given {
  readonly start: number;
  open(from: number): AsyncIterable<Uint8Array>;
}

/** The bytes that were held back, and behind them those of the part. */
function joined(tail: State['tail'], { start }: Pick<Part, 'start'>, { source, call }: Pick<Sent, 'source' | 'call'>): Given {
  const isBefore = tail.start + tail.bytes.byteLength === start && tail.bytes.byteLength > 0;
  return {
    start: isBefore ? tail.start : start,
    async *open(from) {
      if (from < start) yield tail.bytes.subarray(from - tail.start);
      yield* source.open({ ...call, ...(from > start && { start: from - start }) });
    },
  };
}

interface Wanted {
  readonly start: number;
  readonly end: number;
  /** More bytes than these are an error. */
  readonly isWhole?: boolean;
  readonly line: Line;
}

/** The bytes up to `end`, hashed the first time they pass; fewer are CORRUPT. */
async function* exactly(chunks: AsyncIterable<Uint8Array>, { start, end, isWhole = false, line: { state, hasher, where } }: Wanted): AsyncGenerator<Uint8Array> {
  let at = start;
  for await (const chunk of chunks) {
    if (isWhole && at + chunk.byteLength > end) throw new TowlineError('CORRUPT', `${where}: the source gives more bytes than it promised`, { hint: 'It changed while it was read: try again.' });
    const piece = chunk.subarray(0, end - at);
    if (hasher && at <= state.hashed && at + piece.byteLength > state.hashed) {
      hasher.update(piece.subarray(state.hashed - at));
      state.hashed = at + piece.byteLength;
    }
    at += piece.byteLength;
    if (piece.byteLength > 0) yield piece;
    if (at >= end && !isWhole) return;
  }
  if (at < end) throw new TowlineError('CORRUPT', `${where}: the source ended ${end - at} bytes before its end`, { hint: 'It changed while it was read: try again.' });
}

/** Sends the last bytes. */
async function finish({ there, state, where }: Line, size: number, call: CallOptions): Promise<unknown> {
  const { start, bytes } = state.tail;
  let at = state.at;
  if (at === undefined) {
    const progress = await there.position(call);
    // The answer to an earlier try was lost, but it had arrived.
    if (progress.stored !== undefined) return progress.stored;
    at = progress.at;
  }
  if (at === undefined || at < start || start + bytes.byteLength !== size) throw new TowlineError('INVALID_ARGUMENT', `Cannot finish the upload of ${where}: its last part was not sent by this process`);
  state.at = undefined;
  const progress = await there.send({ start: at, end: size, total: size, body: bytesBody(bytes.subarray(at - start)) }, call);
  if (progress.stored !== undefined) return progress.stored;
  throw new TowlineError('UNAVAILABLE', `${where}: the service did not take the last bytes`, { retryable: true });
}

interface Token {
  readonly url: URL;
  readonly partSize: number;
}

/** Holds the address of the upload, by which anybody can write it: a secret. */
function writeToken({ root, placeOf }: Session, path: Path, { url, partSize }: Token): string {
  return Buffer.from(JSON.stringify([1, root, placeOf(path), url.href, partSize])).toString('base64url');
}

function readToken({ root, placeOf, where, client }: Session, path: Path, text: string): Token {
  try {
    const [version, ofRoot, place, url, partSize] = JSON.parse(Buffer.from(text, 'base64url').toString()) as readonly unknown[];
    const isSize = typeof partSize === 'number' && Number.isSafeInteger(partSize) && partSize > 0 && partSize % GRAIN === 0;
    if (version === 1 && ofRoot === root && place === placeOf(path) && isSize) return { url: sessionUrl(client.origin, String(url), where(path)), partSize };
  } catch (cause) {
    throw new TowlineError('NOT_FOUND', `The upload of ${where(path)} cannot be taken up: its token is damaged`, { cause, hint: 'Start it anew.' });
  }
  throw new TowlineError('NOT_FOUND', `The upload of ${where(path)} cannot be taken up: its token is of another object`, { hint: 'Start it anew.' });
}

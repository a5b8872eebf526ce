import { TowlineError } from '../../errors.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import type { CallOptions, Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Checksum, Source } from '../../storage/source.ts';
import { bytesBody } from '../../storage/request-body.ts';
import { readUploadToken, writeUploadToken } from '../../storage/upload-token.ts';
import { asExisting } from './conditions.ts';
import { splitBody } from './split-body.ts';
import type { ObjectResource } from './resource.ts';
import { requireStored } from './stored.ts';
import type { Session } from './session.ts';
import { createSession, openSession, type Standing, type UploadSession } from './upload-session.ts';

/** All but the last bytes of an upload come in multiples of this. */
const UNIT = 256 * 1024;
/** A part of so much costs one round trip; two are in memory at once, one that is read and one that is sent. */
export const PART_BYTES = 16 * 1024 * 1024;
const LARGEST_OBJECT = 5 * 1024 ** 4;

/** Starts an upload in parts that come in turn, or takes up the one that `resume` names. */
export async function upload(session: Session, path: Path, options: UploadOptions): Promise<Upload> {
  if (options.resume === undefined) return startUpload(session, path, { ...options, partSize: PART_BYTES });
  const where = session.client.where(session.keyOf(path));
  const { partSize, uploadId: target } = readUploadToken(options.resume, { bucket: session.bucket, key: session.keyOf(path), where });
  // It becomes part of an address: what does not begin a path could name another host.
  if (!target.startsWith('/')) throw new TowlineError('NOT_FOUND', `The upload of ${where} cannot be taken up: its token is damaged`, { hint: 'Start it anew.' });
  const opened = createSession(session, session.keyOf(path), target);
  const now = await opened.ask(options.signal);
  if (now.kind === 'done' && options.size !== undefined && now.resource.size !== options.size) {
    throw new TowlineError('NOT_FOUND', `The upload of ${where} has ended as another object`, { hint: 'Start it anew.' });
  }
  return makeUpload(session, path, { options, partSize, opened, now });
}

export interface StartOptions extends UploadOptions {
  readonly partSize: number;
  /** Known beforehand. */
  readonly checksum?: Checksum | undefined;
  /** Known when all bytes have been read. */
  readonly finalChecksum?: () => Checksum | undefined;
}

export async function startUpload(session: Session, path: Path, options: StartOptions): Promise<Upload> {
  if ((options.size ?? 0) > LARGEST_OBJECT) throw new TowlineError('INVALID_ARGUMENT', `${options.size ?? 0} bytes are more than the 5 TiB that the service keeps as one object`, { hint: 'Split it.' });
  const opened = await openSession(session, path, { options, checksum: options.checksum });
  const { partSize, finalChecksum } = options;
  return makeUpload(session, path, { options, partSize, opened, now: { kind: 'open', held: 0 }, finalChecksum });
}

interface Begun {
  readonly options: UploadOptions;
  readonly partSize: number;
  readonly opened: UploadSession;
  readonly now: Standing;
  readonly finalChecksum?: (() => Checksum | undefined) | undefined;
}
/** What is known of an upload between two calls. */
interface State {
  now: Standing;
  /** False after a call that failed: what arrived of it must be asked for. */
  isKnown: boolean;
  /** The last bytes of the last part: too few for a unit, and kept back so that only `complete` makes the object. `end` is where they end. */
  rest: { readonly end: number; readonly bytes: Uint8Array };
}

function makeUpload(session: Session, path: Path, { options, partSize, opened, now, finalChecksum }: Begun): Upload {
  const state: State = { now, isKnown: true, rest: { end: 0, bytes: new Uint8Array() } };
  const where = session.client.where(session.keyOf(path));
  const step = async <T>(act: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    if (!state.isKnown) state.now = await opened.ask(signal);
    state.isKnown = false;
    const result = await act();
    state.isKnown = true;
    return result;
  };
  return {
    token: writeUploadToken({ bucket: session.bucket, key: session.keyOf(path), uploadId: opened.target, partSize }),
    partSize, order: 'ascending', held: heldParts(now, partSize, options.size),
    send: (part, source, call = {}) => step(() => sendPart({ opened, state, where }, part, { source, call }), call.signal),
    complete: (parts, call = {}) => step(async () => {
      const { size } = contiguousParts(parts, { size: options.size, where });
      const resource = await finish({ opened, state, where }, size, { signal: call.signal ?? options.signal, checksum: finalChecksum?.() });
      return requireStored(session, path, { resource, wanted: { size, checksum: finalChecksum?.() } });
    }, call.signal).catch((error: unknown) => { throw asExisting(error, options.mode); }) satisfies Promise<Entry>,
    abort: () => opened.end(),
  };
}

interface Line {
  readonly opened: UploadSession;
  readonly state: State;
  readonly where: string;
}

async function sendPart({ opened, state, where }: Line, part: Omit<Part, 'tag'>, { source, call: { signal } }: { readonly source: Source; readonly call: CallOptions }): Promise<Part> {
  const { number, start, end } = part;
  if (source.size !== undefined && source.size !== end - start) throw new TowlineError('INVALID_ARGUMENT', `Part ${number} of ${where} should have ${end - start} bytes, and its source has ${source.size}`);
  const sent = { ...part, tag: `${start}-${end}` };
  for (let before = -1; state.now.kind === 'open' && state.now.held < end; ) {
    const { held } = state.now;
    if (held === before) throw new TowlineError('UNAVAILABLE', `${where}: the service keeps nothing of what it is sent`, { retryable: true });
    before = held;
    const lead = start <= held ? new Uint8Array() : restFrom(state, held, start);
    if (lead === undefined) throw new TowlineError('INVALID_ARGUMENT', `${where}: the parts of an upload must come in turn, and that before byte ${start} is missing`);
    const from = held + lead.byteLength - start;
    const body = splitBody({ lead, size: end - start, from, unit: UNIT }, (position) => source.open({ ...(signal && { signal }), ...(position > 0 && { start: position }) }));
    if (body.sendable === 0) {
      state.rest = { end, bytes: await body.readRest() };
      return sent;
    }
    state.now = await opened.send({ start: held, end: held + body.sendable }, body.body, { signal });
    if (state.now.kind === 'open' && state.now.held === held + body.sendable) {
      state.rest = { end, bytes: body.rest() };
      return sent;
    }
  }
  return sent;
}

/** What was kept back of the bytes from `start` to `end`; undefined when they are not all there. */
function restFrom({ rest }: State, start: number, end: number): Uint8Array | undefined {
  const missing = end - start;
  if (missing === 0) return new Uint8Array();
  return rest.end === end && missing > 0 && missing <= rest.bytes.byteLength ? rest.bytes.subarray(rest.bytes.byteLength - missing) : undefined;
}

async function finish({ opened, state, where }: Line, total: number, options: { readonly signal: AbortSignal | undefined; readonly checksum: Checksum | undefined }): Promise<ObjectResource> {
  for (let before = -1; state.now.kind === 'open'; ) {
    const { held } = state.now;
    const rest = restFrom(state, held, total);
    if (held === before || rest === undefined) throw new TowlineError('UNAVAILABLE', `Cannot finish the upload of ${where}: the service holds ${held} of ${total} bytes`, { hint: 'Start it anew.' });
    before = held;
    state.now = await opened.send({ start: held, end: total, total }, bytesBody(rest), options);
  }
  return state.now.resource;
}

/** The whole parts that the service holds. */
function heldParts(now: Standing, partSize: number, size: number | undefined): readonly Part[] {
  const held = now.kind === 'open' ? now.held : now.resource.size;
  const count = now.kind === 'done' || held === size ? Math.ceil(held / partSize) : Math.floor(held / partSize);
  return Array.from({ length: count }, (_, index) => {
    const [start, end] = [index * partSize, Math.min((index + 1) * partSize, held)];
    return { number: index + 1, start, end, tag: `${start}-${end}` };
  });
}

import { readFile } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { bodyOf, gather } from '../content.ts';
import type { Written } from '../driver.ts';
import { type Begun, type Checksum, fromBytes, type Source, startOf } from '../source.ts';
import { corrupt, type Expected, requireDigest, verified } from '../verified.ts';
import type { Moving } from './moving.ts';
import { meter } from './meter.ts';
import type { Task } from './task.ts';

/** A small object is read once into memory: hashed there, sent with its header in one write, and sent again without being read again. */
export const SMALL_BYTES = 256 * 1024;
/** From here on a link is worth that the file is read before it, only to be checked. */
const LINK_FROM = 1 << 20;

/** Moves one object by a single write; its bytes are checked before the target can complete it. */
export async function moveWhole(moving: Moving, task: Task): Promise<Written> {
  const { origin, size } = task.source;
  if (origin?.kind === 'file' && size !== undefined && size <= SMALL_BYTES) return await moveBytes(moving, task, readSmall(origin.path));
  const start = (size ?? 0) > SMALL_BYTES || isTakenOver(moving, task) ? undefined : startOf(task.source);
  if (start === undefined) return await moveStream(moving, task);
  const begun = await start({ signal: moving.signal });
  return begun.bytes ? await moveBytes(moving, task, begun.bytes) : await moveBegun(moving, task, begun);
}

/** The target may copy the object by itself, so it is not read before. */
export function isTakenOver({ target }: Pick<Moving, 'target'>, { source, to }: Task): boolean {
  return source.origin?.kind === 'object' && target.origin?.(to).kind === 'object';
}

/** A small object, read once: hashed here unless the service does, sent with its header in one write, and sent again without being read again. */
async function moveBytes({ target, signal, onBytes }: Moving, { source, to, expected }: Task, bytes: Uint8Array): Promise<Written> {
  if (source.size !== undefined && bytes.byteLength !== source.size) throw new TowlineError('CORRUPT', `the source of '${to}' has ${bytes.byteLength} bytes instead of ${source.size}`);
  const isTheirs = expected && isCheckedThere(target, expected);
  if (expected && !isTheirs) requireDigest(bytes, expected);
  const checksum = expected && expected.name !== 'md5-dos2unix' ? { name: expected.name, value: expected.value } : source.checksum;
  try {
    const written = await target.write(to, { ...fromBytes(bytes), ...(checksum && { checksum }) }, { signal });
    onBytes(bytes.byteLength);
    return written;
  } catch (error) {
    // The service can only say that something is wrong; whether it was so from the start is known here.
    if (expected && hasCode(error, 'CORRUPT')) requireDigest(bytes, expected);
    throw error;
  }
}

/** The first reading of the source has begun already; what reads it again reads it anew. */
export async function moveBegun(moving: Moving, task: Task, begun: Begun): Promise<Written> {
  let isTaken = false;
  const open: Source['open'] = (options) => {
    if (isTaken || (options?.start ?? 0) > 0 || options?.end !== undefined) return task.source.open(options);
    isTaken = true;
    return bodyOf(begun);
  };
  try {
    // A `.dir` tells no sizes, but who has begun to read has been told: large bodies are hashed side by side.
    const size = task.source.size ?? begun.entry?.size;
    return await moveStream(moving, { ...task, source: { ...task.source, size, open } });
  } finally {
    if (!isTaken) begun.cancel();
  }
}

async function moveStream(moving: Moving, task: Task): Promise<Written> {
  const { target, signal } = moving;
  const metered = meter(task.source, moving.onBytes);
  const checked = checkedSource(moving, task, metered.source);
  // The outer meter only keeps the source's own error, CORRUPT above all: a driver may have put its own around it.
  const { source: streamed, failure } = meter(checked, () => undefined);
  try {
    const source = await cheapest(moving, task, { streamed, metered: metered.source });
    const written = await target.write(task.to, source, { signal });
    await confirm(moving, task, written);
    if (metered.passed() === 0) moving.onBytes(written.entry.size ?? task.source.size ?? 0);
    return written;
  } catch (error) {
    metered.retract();
    throw failure() ?? (await damageOf(task, error, signal)) ?? error;
  }
}

/** The service can only say that something is wrong. What the source has to do with it; undefined where it is whole, or cannot be read again. */
async function damageOf({ source, expected }: Task, refusal: unknown, signal: AbortSignal): Promise<unknown> {
  if (!expected || !hasCode(refusal, 'CORRUPT')) return undefined;
  try {
    await drain(verified(source, expected), signal);
    return undefined;
  } catch (error) {
    return hasCode(error, 'CORRUPT') ? error : undefined;
  }
}

/** Hashed here while the bytes pass, or by the service, which is told what they must be. */
function checkedSource({ target }: Moving, { expected }: Task, source: Source): Source {
  if (!expected) return source;
  return isCheckedThere(target, expected) ? { ...source, checksum: { name: expected.name, value: expected.value } } : verified(source, expected);
}

export function isCheckedThere({ traits }: Moving['target'], expected: Expected): expected is Expected & Checksum {
  return traits.checks?.some((name) => name === expected.name) === true;
}

/** The same bytes in the form that costs least. None of them lets bytes go round the check. */
async function cheapest(moving: Moving, { source, to, expected }: Task, { streamed, metered }: { readonly streamed: Source; readonly metered: Source }): Promise<Source> {
  const { size, origin } = source;
  if (origin?.kind === 'file' && (size ?? 0) >= LINK_FROM && moving.target.origin?.(to).kind === 'file') {
    // A link passes no bytes, so the file is read before.
    if (expected) await drain(streamed, moving.signal);
    return { ...metered, ...(streamed.checksum && { checksum: streamed.checksum }) };
  }
  if (size === undefined || size > SMALL_BYTES || origin !== undefined) return streamed;
  const bytes = await gather(streamed.open({ signal: moving.signal }), size);
  if (bytes.byteLength !== size) throw new TowlineError('CORRUPT', `the source of '${to}' has ${bytes.byteLength} bytes instead of ${size}`);
  return { ...fromBytes(bytes), ...(streamed.checksum && { checksum: streamed.checksum }) };
}

/** One call to the system instead of a stream: half of what a small object costs otherwise. */
export function readSmall(path: string): Uint8Array {
  const bytes = readFile(path);
  if (bytes === undefined) throw new TowlineError('NOT_FOUND', `'${path}' is not there any more`);
  return bytes;
}

async function drain(source: Source, signal: AbortSignal): Promise<void> {
  const chunks = source.open({ signal })[Symbol.asyncIterator]();
  while (!(await chunks.next()).done);
}

/** What the service says of an object whose bytes did not pass here: a contradiction is not kept. */
async function confirm({ target, signal }: Moving, { source, to, expected }: Task, { entry, how }: Written): Promise<void> {
  if (how === 'streamed') return;
  const wrong = contradiction(source, expected, entry);
  if (wrong === undefined) return;
  await target.delete?.([{ path: to }], { signal });
  throw expected ? corrupt(expected, wrong) : new TowlineError('CORRUPT', `'${to}' was copied by the service, but ${wrong}`);
}

function contradiction(source: Source, expected: Expected | undefined, entry: Written['entry']): string | undefined {
  if (source.size !== undefined && entry.size !== undefined && entry.size !== source.size) return `the copy has ${entry.size} bytes instead of ${source.size}`;
  const { checksum } = entry;
  return expected && checksum?.name === expected.name && checksum.value !== expected.value ? `the copy has ${checksum.value}` : undefined;
}

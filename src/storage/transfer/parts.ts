import { hasCode, TowlineError } from '../../errors.ts';
import { abortable, linkedController } from '../call.ts';
import { concurrently } from '../concurrently.ts';
import type { Part, Written } from '../driver.ts';
import { fromFile } from '../file-source.ts';
import { fromBytes, slice, type Source } from '../source.ts';
import { corrupt, createDigest } from '../verified.ts';
import { type Begun, begin, noteParts } from './begin.ts';
import { type Arrivals, createArrivals, hashInOrder, type ReadPart, readInOrder } from './digest.ts';
import { meter } from './meter.ts';
import { type Moving, STREAM_BYTES } from './moving.ts';
import type { Task } from './task.ts';

/** Moves one object in parts, several at once; it becomes visible only when all parts are there and the digest of the whole is right. Undefined: this server takes no parts. */
export async function moveInParts(moving: Moving, task: Task, size: number): Promise<Written | undefined> {
  let told = 0;
  const counted: Moving = { ...moving, onBytes: (bytes) => { told += bytes; moving.onBytes(bytes); } };
  const begun = await abortable(begin(counted, task, size), moving.signal);
  if (begun === undefined) return undefined;
  try {
    return await fill(counted, task, begun);
  } catch (error) {
    moving.onBytes(-told);
    await leave(moving, begun, error);
    // What an earlier process left behind may be what is damaged: once more, from nothing.
    if (begun.isResumed && hasCode(error, 'CORRUPT')) return await moveInParts(moving, task, size);
    throw error;
  }
}

/** Sends what is missing, checks the whole, completes. */
async function fill(moving: Moving, task: Task, begun: Begun): Promise<Written> {
  const { upload, plan, done } = begun;
  const { controller, unlink } = linkedController(moving.signal);
  const inner = { ...moving, signal: controller.signal };
  const notes = noteParts(moving, begun);
  for (const part of done.values()) moving.onBytes(part.end - part.start);
  try {
    const found = await abortable(sendAll(inner, task, { begun, onSent: notes.sent }), moving.signal);
    if (task.expected && found !== task.expected.value) throw corrupt(task.expected, `they have ${task.expected.name} ${found ?? 'none'}`);
    notes.flush();
    const entry = await abortable(upload.complete(plan.map((part) => sentPart(done, part)), { signal: moving.signal }), moving.signal);
    moving.journal?.forget(begun.key);
    return { entry, how: 'streamed' };
  } finally {
    notes.flush();
    controller.abort();
    unlink();
  }
}

function sentPart(done: ReadonlyMap<number, Part>, { number }: Pick<Part, 'number'>): Part {
  const part = done.get(number);
  if (part === undefined) throw new TowlineError('CORRUPT', `part ${number} was not sent: the source ended before its size`);
  return part;
}

interface Sending { readonly begun: Begun; onSent(part: Part): void }

/** The digest of the whole where one is expected. Three ways, by where the bytes can be read a second time for nothing. */
async function sendAll(moving: Moving, task: Task, sending: Sending): Promise<string | undefined> {
  const { gathering } = sending.begun.upload;
  const { source, expected } = task;
  const again = gathering?.kind === 'file' ? fromFile(gathering.path, 0) : source.origin?.kind === 'object' ? undefined : source.origin && source;
  if (sending.begun.upload.order === 'ascending' || (expected && again === undefined)) return await sendInOrder(moving, task, sending);
  try {
    return await sendRanges(moving, task, { ...sending, again });
  } catch (error) {
    if (!hasCode(error, 'UNSUPPORTED')) throw error;
    // The source has no ranges: it is read once, from its start.
    return await sendInOrder(moving, task, sending);
  }
}

/** Parts in any order, each read as a range; the hasher follows what has gathered, or reads the source by itself. */
async function sendRanges(moving: Moving, { source, expected }: Task, { begun, onSent, again }: Sending & { readonly again: Source | undefined }): Promise<string | undefined> {
  const { plan, done, upload } = begun;
  const arrivals: Arrivals = createArrivals(upload.gathering ? done.values() : plan);
  const stop = linkedController(moving.signal);
  const { signal } = stop.controller;
  let hashFailure: unknown;
  const hashing = expected && again && hashInOrder(again, plan, { name: expected.name, signal, reached: arrivals.reached, processors: moving.processors }).catch((error: unknown) => {
    hashFailure = error;
    stop.controller.abort();
    return undefined;
  });
  try {
    const missing = plan.filter((part) => !done.has(part.number));
    for await (const part of concurrently(missing, { jobs: moving.jobs, signal }, async (wanted, partSignal) => {
      const release = await moving.gate.enter({ calls: 1, bytes: Math.min(wanted.end - wanted.start, STREAM_BYTES) }, partSignal);
      try {
        return await sendPart({ ...moving, signal: partSignal }, begun, { part: wanted, source: slice(source, wanted.start, wanted.end) });
      } finally {
        release();
      }
    })) {
      onSent(part);
      arrivals.mark(part);
    }
    const found = await hashing;
    if (hashFailure !== undefined) throw hashFailure;
    return found;
  } catch (error) {
    stop.controller.abort();
    await hashing;
    throw hashFailure !== undefined && !hasCode(hashFailure, 'ABORTED') ? hashFailure : error;
  } finally {
    stop.unlink();
  }
}

/** One reading of the source from its start; parts are sent from memory, several at once where the service allows it. */
async function sendInOrder(moving: Moving, { source, expected }: Task, { begun, onSent }: Sending): Promise<string | undefined> {
  const { plan, done, upload } = begun;
  // What has gathered in a file was not hashed here, so it is written again.
  if (upload.gathering) for (const part of done.values()) { done.delete(part.number); moving.onBytes(part.start - part.end); }
  const hash = expected && createDigest(expected.name);
  const parts = readInOrder(source, plan, { signal: moving.signal, wanted: (part) => !done.has(part.number), onChunk: (chunk) => { hash?.update(chunk); } });
  const places = new Set<() => void>();
  const jobs = upload.order === 'ascending' ? 1 : moving.jobs;
  try {
    for await (const part of concurrently(placed(moving, parts, { places, bytes: upload.partSize }), { jobs, signal: moving.signal }, async ({ part: wanted, bytes, release }, signal) => {
      const sent = await sendPart({ ...moving, signal }, begun, { part: wanted, source: fromBytes(bytes) });
      release();
      return sent;
    })) onSent(part);
  } finally {
    // A part that was read but never sent still holds its place.
    for (const release of places) release();
  }
  return hash?.digest();
}

/** Takes a place in the gate before each part is read into memory. */
async function* placed(moving: Moving, parts: AsyncIterable<ReadPart>, { places, bytes }: { readonly places: Set<() => void>; readonly bytes: number }): AsyncGenerator<ReadPart & { release(): void }> {
  const take = async (): Promise<() => void> => {
    const leaveGate = await moving.gate.enter({ calls: 1, bytes }, moving.signal);
    const release = (): void => {
      places.delete(release);
      leaveGate();
    };
    places.add(release);
    return release;
  };
  let release = await take();
  for await (const part of parts) {
    yield { ...part, release };
    release = await take();
  }
  release();
}

async function sendPart({ onBytes, signal }: Moving, { upload }: Begun, { part, source }: { readonly part: Omit<Part, 'tag'>; readonly source: Source }): Promise<Part> {
  const metered = meter(source, onBytes);
  try {
    const sent = await abortable(upload.send(part, metered.source, { signal }), signal);
    // A driver that finds the bytes in memory does not open the source.
    if (metered.passed() === 0) onBytes(part.end - part.start);
    return sent;
  } catch (error) {
    metered.retract();
    throw metered.failure() ?? error;
  }
}

/** Gives up what another process could not go on with; keeps, with its journal entry, what it could. */
async function leave({ journal, wait, signal }: Moving, { upload, key }: Begun, error: unknown): Promise<void> {
  if (journal && !hasCode(error, 'CORRUPT')) return;
  journal?.forget(key);
  // The error that led here is the one to report; an upload that cannot be given up either is dropped by the service in time.
  const given = upload.abort().catch(() => undefined);
  await (signal.aborted && wait ? Promise.race([given, wait(CLEANUP_MS)]) : given);
}
const CLEANUP_MS = 1500;

import type { Written } from '../driver.ts';
import type { Quick } from '../quick.ts';
import { type Begun, startOf } from '../source.ts';
import { hasDigest } from '../verified.ts';
import type { Moving } from './moving.ts';
import type { Task } from './task.ts';
import { isCheckedThere, isTakenOver, moveBegun, readSmall, SMALL_BYTES } from './whole.ts';

type Write = NonNullable<Quick['write']>;

/**
 * Moves one small object by the bare verbs of both sides: read whole, checked, stored, and nothing else. Undefined: nothing has been stored, and the plain way
 * has to do it, or to say why it cannot.
 */
export async function moveQuickly(moving: Moving, task: Task, write: Write): Promise<Written | undefined> {
  const { source } = task;
  const { size, origin } = source;
  if ((size !== undefined && size > SMALL_BYTES) || isTakenOver(moving, task)) return undefined;
  if (origin?.kind === 'file') return size === undefined ? undefined : await store(moving, task, { write, bytes: readSmall(origin.path) });
  const begun = await startOf(source)?.quickly?.({ signal: moving.signal });
  if (begun?.bytes) return await store(moving, task, { write, bytes: begun.bytes });
  return begun && (await moveLarger(moving, task, begun));
}

async function store({ target, signal, onBytes }: Moving, { source, to, expected }: Task, { write, bytes }: { readonly write: Write; readonly bytes: Uint8Array }): Promise<Written | undefined> {
  const size = bytes.byteLength;
  if (source.size !== undefined && size !== source.size) return undefined;
  if (expected && !isCheckedThere(target, expected) && !hasDigest(bytes, expected)) return undefined;
  const stored = write(to, bytes, expected?.name === 'md5' ? { signal, md5: expected.value } : { signal });
  if (stored !== true && !(await stored)) return undefined;
  onBytes(size);
  return { entry: { path: to, kind: 'file', size }, how: 'streamed' };
}

/** Nobody had told its size. What has begun need not be asked for again, unless it breaks. */
async function moveLarger(moving: Moving, task: Task, begun: Begun): Promise<Written | undefined> {
  try {
    return await moveBegun(moving, task, begun);
  } catch {
    return undefined;
  }
}

import { TowlineError } from '../../errors.ts';
import type { Written } from '../driver.ts';
import type { Source } from '../source.ts';
import { corrupt, type Expected, verified } from '../verified.ts';
import type { Moving } from './moving.ts';
import { meter } from './meter.ts';
import type { Task } from './task.ts';

/** Moves one object by a single write; its bytes are checked before the target can complete it. */
export async function moveWhole(moving: Moving, task: Task): Promise<Written> {
  const { target, signal } = moving;
  const metered = meter(task.source, moving.onBytes);
  // The source is checked inside the meter's view, so that its CORRUPT is seen as the source's own failure.
  const checked = meter(task.expected ? verified(metered.source, task.expected) : metered.source, () => undefined);
  const mayLink = canLink(moving, task);
  try {
    if (mayLink && task.expected) await drain(checked.source, signal);
    const linkable = task.expected ? { ...metered.source, checksum: task.expected } : metered.source;
    const written = await target.write(task.to, mayLink ? linkable : checked.source, { signal });
    await confirm(moving, task, written);
    if (metered.passed() === 0 && written.how !== 'streamed') moving.onBytes(written.entry.size ?? task.source.size ?? 0);
    return written;
  } catch (error) {
    metered.retract();
    throw checked.failure() ?? error;
  }
}

/** A link passes no bytes, so the file is read and checked before: worth it only where the target can link files at all. */
function canLink({ target }: Moving, { source, to }: Task): boolean {
  return source.origin?.kind === 'file' && (source.size ?? 0) >= LINK_FROM && target.origin?.(to).kind === 'file';
}
const LINK_FROM = 1 << 20;

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

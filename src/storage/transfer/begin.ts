import { type ErrorCode, hasCode } from '../../errors.ts';
import type { Part, Upload } from '../driver.ts';
import type { JournalKey } from './journal.ts';
import type { Moving } from './moving.ts';
import type { Task } from './task.ts';

/** An upload in parts that is open, with what is done of it. */
export interface Begun {
  readonly upload: Upload;
  readonly key: JournalKey;
  /** Every part of the object, in order. */
  readonly plan: readonly Omit<Part, 'tag'>[];
  /** Parts that need not be sent again, by number. */
  readonly done: Map<number, Part>;
  /** An earlier process began it. */
  readonly isResumed: boolean;
}

/** Takes up the upload the journal knows of, or starts one. Undefined: this server takes no parts. */
export async function begin(moving: Moving, task: Task, size: number): Promise<Begun | undefined> {
  const { journal, target, signal } = moving;
  const key: JournalKey = { target: target.displayUrl, path: task.to, size, ...(task.expected && { expected: task.expected }) };
  const noted = journal?.find(key);
  if (noted) {
    const upload = await takeUp(moving, task, { size, resume: noted.token });
    // A file that gathers here is read and hashed as a whole before it counts, so the journal's word is enough; without a digest only the service's is.
    if (upload) return planned(upload, key, { size, done: upload.gathering && task.expected ? [...noted.parts, ...upload.held] : upload.held, isResumed: true });
    journal?.forget(key);
  }
  const upload = await unless('UNSUPPORTED', async () => await target.upload?.(task.to, { size, signal }));
  if (upload === undefined) return undefined;
  journal?.save(key, { token: upload.token, partSize: upload.partSize, parts: [] });
  return planned(upload, key, { size, done: [], isResumed: false });
}

/** Undefined when the service has dropped it, or the token is not one of its own: both mean to begin anew. */
async function takeUp({ target, signal }: Moving, task: Task, options: { readonly size: number; readonly resume: string }): Promise<Upload | undefined> {
  const open = async (): Promise<Upload | undefined> => await target.upload?.(task.to, { ...options, signal });
  return await unless('NOT_FOUND', async () => await unless('INVALID_ARGUMENT', async () => await unless('CORRUPT', open)));
}

async function unless<T>(code: ErrorCode, act: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (hasCode(error, code)) return undefined;
    throw error;
  }
}

function planned(upload: Upload, key: JournalKey, { size, done, isResumed }: { readonly size: number; readonly done: readonly Part[]; readonly isResumed: boolean }): Begun {
  const { partSize } = upload;
  const plan = Array.from({ length: Math.max(1, Math.ceil(size / partSize)) }, (_, index) => ({ number: index + 1, start: index * partSize, end: Math.min(size, (index + 1) * partSize) }));
  const fitting = done.filter((part) => {
    const wanted = plan[part.number - 1];
    return wanted?.start === part.start && wanted.end === part.end;
  });
  return { upload, key, plan, isResumed, done: new Map(fitting.map((part) => [part.number, part])) };
}

/** Notes parts in the journal, at most some 64 times for one object: ten thousand parts would else write gigabytes of notes. */
export function noteParts({ journal }: Moving, { upload, key, plan, done }: Begun): { sent(part: Part): void; flush(): void } {
  const every = Math.ceil(plan.length / 64);
  let unsaved = 0;
  const flush = (): void => {
    if (unsaved === 0) return;
    unsaved = 0;
    journal?.save(key, { token: upload.token, partSize: upload.partSize, parts: [...done.values()] });
  };
  return {
    sent(part) {
      done.set(part.number, part);
      if (++unsaved >= every) flush();
    },
    flush,
  };
}

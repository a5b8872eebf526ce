import * as fs from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { close, type Steps, throwIfStopped } from './batch.ts';
import type { CreateOptions, Disk } from './disk.ts';
import { diskError } from './errors.ts';
import { openForReading } from './hash-content.ts';

const buffer = Buffer.allocUnsafeSlow(256 * 1024);

export interface CopyTarget extends CreateOptions {
  readonly to: string;
  /** On the medium before this returns. */
  readonly isSynced?: boolean;
}

/** Copies the bytes of a file into a new one. Reading and writing by hand beats `fs.copyFile` for small files, and can be stopped in large ones. */
export function* copyContent(disk: Disk, from: string, { to, isSynced = false, ...options }: CopyTarget): Steps<void> {
  const source = openForReading(from);
  try {
    const target = disk.create(to, options);
    try {
      for (;;) {
        const count = fs.readSync(source, buffer, 0, buffer.byteLength, null);
        if (count > 0) target.write(buffer.subarray(0, count));
        yield count;
        // A regular file gives less than was asked for only at its end.
        if (count < buffer.byteLength) break;
      }
      if (isSynced) target.sync();
    } finally {
      target.close();
    }
  } catch (error) {
    throw diskError(error, 'read', from);
  } finally {
    fs.closeSync(source);
  }
}

/** Copies a file into a new one without holding up others for long. What is there when it fails is for the caller to remove. */
export async function copyFile(disk: Disk, from: string, { signal, ...target }: CopyTarget & { readonly signal?: AbortSignal | undefined }): Promise<void> {
  const steps = copyContent(disk, from, target);
  try {
    for (let bytes = 0, next = steps.next(); next.done !== true; next = steps.next()) {
      bytes += next.value;
      if (bytes < 4 * 1024 * 1024) continue;
      bytes = 0;
      await breathe();
      throwIfStopped(signal);
    }
  } finally {
    close(steps);
  }
}

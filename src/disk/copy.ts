import * as fs from 'node:fs';
import type { Steps } from './batch.ts';
import type { CreateOptions, Disk } from './disk.ts';
import { diskError } from './errors.ts';
import { openForReading } from './hash-content.ts';

const buffer = Buffer.allocUnsafeSlow(256 * 1024);

/** Copies the bytes of a file into a new one. Reading and writing by hand beats `fs.copyFile` for small files, and can be stopped in large ones. */
export function* copyContent(disk: Disk, from: string, { to, ...options }: CreateOptions & { readonly to: string }): Steps<void> {
  const source = openForReading(from);
  try {
    const target = disk.create(to, options);
    try {
      for (;;) {
        const count = fs.readSync(source, buffer, 0, buffer.byteLength, null);
        if (count > 0) target.write(buffer.subarray(0, count));
        yield count;
        // A regular file gives less than was asked for only at its end.
        if (count < buffer.byteLength) return;
      }
    } finally {
      target.close();
    }
  } catch (error) {
    throw diskError(error, 'read', from);
  } finally {
    fs.closeSync(source);
  }
}

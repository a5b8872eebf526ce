import * as fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { TowlineError } from '../errors.ts';
import { diskError } from './errors.ts';
import type { FollowerSettings, FollowerWord } from './follow.ts';
import { openForReading } from './hash-content.ts';
import { createHasher } from './hasher.ts';
import { portable } from './messages.ts';

const { path, name } = workerData as FollowerSettings;
const CHUNK = Buffer.allocUnsafeSlow(256 * 1024);
const whole = createHasher(name);
let descriptor: number | undefined;
let at = 0;

parentPort?.on('message', (word: FollowerWord) => {
  try {
    if (word === 'digest') parentPort?.postMessage({ digest: whole.digest() });
    else hashUpTo(word);
  } catch (error) {
    // Whatever the system says of a file is worded, so this is one of ours.
    parentPort?.postMessage({ failure: portable(diskError(error, 'read', path) as TowlineError) });
  }
});

/** A file that ends before has another digest. */
function hashUpTo(end: number): void {
  descriptor ??= openForReading(path);
  while (at < end) {
    const count = fs.readSync(descriptor, CHUNK, 0, Math.min(CHUNK.byteLength, end - at), at);
    if (count === 0) return;
    whole.update(CHUNK.subarray(0, count));
    at += count;
  }
}

import type { Disk, OpenFile } from './disk.ts';

/** What a crashing disk throws. Not one of our own errors, so no code answers it by going on. */
export class Crash extends Error {
  override readonly name: string = 'Crash';
}

/** A disk that stops as a machine does when it loses power. */
export interface CrashingDisk extends Disk {
  /** How many changes were asked for so far, the fatal one included. */
  readonly changes: number;
  readonly crashed: boolean;
}

/**
 * Crashes in the change numbered `at >> 1`: where `at` is even the change does not happen (a write: half its bytes do),
 * where it is odd it happens and nothing after it does. Raise `at` from 0 until `crashed` stays false: all points are covered.
 */
export function crashing(inner: Disk, at: number): CrashingDisk {
  let changes = 0;
  const change = <T>(act: () => T, half?: () => void): T => {
    const number = changes;
    if (number > at >> 1) throw new Crash('the machine is off');
    changes += 1;
    if (number < at >> 1) return act();
    if (at % 2 === 1) act();
    else half?.();
    throw new Crash(`the machine went off in change ${number}`);
  };
  const wrap = (file: OpenFile): OpenFile => ({
    write: (bytes, position) =>
      change(() => file.write(bytes, position), () => file.write(bytes.subarray(0, bytes.byteLength >> 1), position)),
    resize: (size) => change(() => file.resize(size)),
    sync: () => file.sync(),
    settle: () => file.settle(),
    close: () => {
      // A machine that goes off closes its files; here they have to be closed all the same.
      if (changes > at >> 1) file.close();
      change(() => file.close(), () => file.close());
    },
  });
  return {
    get changes() { return changes; },
    get crashed() { return changes > at >> 1; },
    create: (path, options) => change(() => wrap(inner.create(path, options))),
    rename: (from, to) => change(() => inner.rename(from, to)),
    link: (from, to, how) => change(() => inner.link(from, to, how)),
    chmod: (path, mode) => change(() => inner.chmod(path, mode)),
    makeFolder: (path, mode) => change(() => inner.makeFolder(path, mode)),
    remove: (path) => change(() => inner.remove(path)),
    syncFolder: (path) => inner.syncFolder(path),
    settleFolder: (path) => inner.settleFolder(path),
  };
}

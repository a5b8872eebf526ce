import * as fs from 'node:fs';
import { devNull } from 'node:os';
import { systemCode } from './errors.ts';

/** Writes to what was open when this process began, as much as is taken at once; gives back the rest, of a pipe that is full and was told not to wait. Throws what the system says. */
export function writeNow(descriptor: number, bytes: Uint8Array): Uint8Array {
  let done = 0;
  try {
    while (done < bytes.length) done += fs.writeSync(descriptor, bytes, done);
  } catch (error) {
    if (systemCode(error) !== 'EAGAIN') throw error;
  }
  return bytes.subarray(done);
}

/** Whether a descriptor is of a device other than the null device: all else is no terminal. One that was closed before we began is none either. */
export function isDevice(descriptor: number): boolean {
  try {
    const file = fs.fstatSync(descriptor);
    return file.isCharacterDevice() && file.rdev !== fs.statSync(devNull, { throwIfNoEntry: false })?.rdev;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

import assert from 'node:assert/strict';
import { type ErrorCode, TowlineError } from '../../errors.ts';
import { gather } from '../content.ts';
import type { Driver, Entry, ReadOptions, With } from '../driver.ts';
import type { Path } from '../path.ts';

const MOST = 256 << 20;

/** The bytes of an object, or of a part of it. */
export async function readBack(driver: Driver, path: Path, options?: ReadOptions): Promise<Uint8Array> {
  return await gather((await driver.read(path, options)).body, MOST);
}

/** Fails unless the object has exactly these bytes; a difference is told by its first place, not by the bytes. */
export async function expectBytes(driver: Driver, path: Path, wanted: Uint8Array): Promise<void> {
  same(await readBack(driver, path), wanted, `'${path}'`);
}

/** Fails unless both are equal. */
export function same(found: Uint8Array, wanted: Uint8Array, name: string): void {
  assert.equal(found.byteLength, wanted.byteLength, `${name} has ${found.byteLength} bytes instead of ${wanted.byteLength}`);
  if (Buffer.compare(found, wanted) === 0) return;
  const at = found.findIndex((byte, index) => byte !== wanted[index]);
  assert.fail(`${name} differs from what was written at byte ${at} of ${wanted.byteLength}`);
}

/** Fails unless `promise` rejects with one of `codes`. */
export async function expectCode(promise: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
  let error: unknown;
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error !== undefined, `it succeeded instead of failing with ${codes.join(' or ')}`);
  if (error instanceof TowlineError && codes.includes(error.code)) return;
  // The server's refusal ends the case as not applicable; anything else is a fault.
  if (error instanceof TowlineError && error.code === 'UNSUPPORTED') throw error;
  const found = error instanceof TowlineError ? error.code : 'an error without a code';
  throw new assert.AssertionError({ message: `it failed with ${found} instead of ${codes.join(' or ')}: ${error instanceof Error ? error.message : typeof error}` });
}

/** Fails when `promise` succeeds; any error will do. */
export async function expectFailure(promise: Promise<unknown>, what: string): Promise<void> {
  let isDone = false;
  try {
    await promise;
    isDone = true;
  } catch (error) {
    assert.ok(error instanceof Error, `${what} was refused with something that is no Error`);
    if (error instanceof TowlineError && error.code === 'UNSUPPORTED') throw error;
  }
  assert.ok(!isDone, `${what} succeeded`);
}

/** Fails unless nothing is at `path`, neither to stat nor to read. */
export async function expectAbsent(driver: Driver, path: Path): Promise<void> {
  await expectCode(driver.stat(path), 'NOT_FOUND');
  await expectCode(driver.read(path).then((content) => { content.cancel(); }), 'NOT_FOUND');
}

/** Everything below `folder`, descending where the service lists one level at a time. */
export async function listAll(driver: With<'list'>, folder: Path): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for (const folders = [folder]; folders.length > 0; ) {
    const next = folders.pop();
    if (next === undefined) break;
    for (let cursor: string | undefined; ; ) {
      const page = await driver.list(next, cursor === undefined ? {} : { cursor });
      for (const entry of page.entries) {
        if (entry.kind === 'file') found.push(entry);
        else if (driver.traits.listing === 'directory') folders.push(entry.path);
      }
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
  }
  return found;
}

/** The paths of files below `folder`, sorted. */
export async function listPaths(driver: With<'list'>, folder: Path): Promise<readonly string[]> {
  return (await listAll(driver, folder)).map((entry) => entry.path as string).sort();
}

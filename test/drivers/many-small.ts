import type { Landing } from '../../src/http/transport.ts';
import type { Driver } from '../../src/storage/driver.ts';
import type { Path } from '../../src/storage/path.ts';
import { quickOf } from '../../src/storage/quick.ts';

/** What a driver's quick verb reads, as texts in the order in which they came; undefined where it is left to the other verbs. */
export async function readMany(driver: Driver, paths: readonly Path[]): Promise<(string | undefined)[]> {
  const waiting = paths[Symbol.iterator]();
  const texts: (string | undefined)[] = [];
  await quickOf(driver).readMany?.({ room: () => 1, take: (_item, bytes) => { texts.push(bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : undefined); }, next: () => {
    const next = waiting.next().value;
    return next && { path: next };
  } });
  return texts;
}

/** Stores the same bytes by a driver's quick verb: what was stored, or not, in the order in which it was said. */
export async function writeMany(driver: Driver, paths: readonly Path[], { bytes, md5 }: { readonly bytes: Uint8Array; readonly md5?: string | undefined }): Promise<boolean[]> {
  const waiting = paths[Symbol.iterator]();
  const stored: boolean[] = [];
  await quickOf(driver).writeMany?.({ room: () => 1, take: (_item, isStored) => { stored.push(isStored); }, next: () => {
    const next = waiting.next().value;
    return next && { path: next, bytes, md5 };
  } });
  return stored;
}

/** What a driver's quick verb brings to a place of the caller's, of one large object. */
export async function readLanded(driver: Driver, path: Path): Promise<string | undefined> {
  let memory = Buffer.alloc(0);
  let count = 0;
  let place: Landing | undefined;
  let text: string | undefined;
  let isAsked = false;
  await quickOf(driver).readMany?.({
    room: () => 1,
    next: () => {
      if (isAsked) return undefined;
      isAsked = true;
      return { path };
    },
    land(item, size) {
      memory = Buffer.alloc(item.path === path ? size : 0);
      return (place = { memory: () => memory.subarray(count), came: (bytes) => { count += bytes; return true; }, leave: () => undefined });
    },
    take: (_item, body) => { text = body !== undefined && body === place ? memory.toString() : undefined; },
  });
  return text;
}

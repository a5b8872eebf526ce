/** A case that a storage cannot pass, and why. */
export interface Skip {
  readonly case: string;
  readonly reason: string;
  /** It passes now and then: who is faster decides. */
  readonly isRace?: boolean;
}

/** The same reason for several cases. */
export function skips(reason: string, names: readonly string[]): readonly Skip[] {
  return names.map((name) => ({ case: name, reason }));
}

/** The same for cases that pass when nobody comes between. */
export function races(reason: string, names: readonly string[]): readonly Skip[] {
  return skips(reason, names).map((skip) => ({ ...skip, isRace: true }));
}

/** Where there are no versions. */
export const VERSIONS: readonly string[] = [
  'versions: an older version can be read, and the list has the newest first',
  'versions: a deleted object is NOT_FOUND, its versions stay, and a marker is listed',
  'versions: a version can be deleted by itself',
];
/** Where the service knows no hash of what it keeps, and so checks none. */
export const CHECKSUMS: readonly string[] = ['stat: a checksum it vouches for is that of the content', 'write: a wrong checksum is refused where the service checks it'];
/** Where an object cannot be replaced only if it is unchanged. */
export const REPLACE_IF: readonly string[] = ['write: ifMatch replaces the object it names and refuses another'];
/** Where an object cannot be made only if it is absent. */
export const CREATE: readonly string[] = ["write: mode 'create' refuses an object that is there", "write: of many with mode 'create' at once exactly one succeeds"];
/** Where a write that is cut may leave a part in sight (`traits.writes` is 'partial'). */
export const ATOMIC: readonly string[] = [
  'write: a source that breaks midway is an error, and nothing becomes visible',
  'write: a source that breaks midway is an error, and the object that was there stays',
  'write: a source shorter than its size is an error, and nothing becomes visible',
  'write: a source shorter than its size is an error, and the object that was there stays',
  'write: a source longer than its size is an error, and nothing becomes visible',
  'concurrency: a reader sees a whole object while it is replaced',
  'cancel: a write that is given up midway is ABORTED and leaves nothing',
];
/** Where the parts of an upload must come in turn. */
export const ANY_ORDER: readonly string[] = ['upload: parts in any order and at once, where the service allows it'];
/** Where a server loses an upload that is taken up again. */
export const RESUMED: readonly string[] = [
  'upload: a part may be sent again',
  'upload: goes on in another process by its token',
  'upload: a resumed upload tells the parts the service holds',
];

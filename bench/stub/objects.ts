/** What lies under a key. `times` says how often `bytes` follow each other; without `bytes` only the size was kept. */
export interface StubObject { readonly size: number; readonly etag: string; readonly bytes?: Buffer; readonly times?: number }
/** The objects of one bucket. */
export interface StubBucket {
  get(key: string): StubObject | undefined;
  set(key: string, object: StubObject): void;
  delete(key: string): void;
  /** Keys that begin with `prefix` and come after `after`, in order; at most `most`. */
  range(options: { readonly prefix: string; readonly after: string; readonly most: number }): readonly string[];
}

export function createStubBucket(): StubBucket {
  const objects = new Map<string, StubObject>();
  let sorted: readonly string[] | undefined;
  return {
    get: (key) => objects.get(key),
    set(key, object) {
      if (!objects.has(key)) sorted = undefined;
      objects.set(key, object);
    },
    delete(key) {
      if (objects.delete(key)) sorted = undefined;
    },
    range({ prefix, after, most }) {
      sorted ??= [...objects.keys()].sort();
      const found: string[] = [];
      for (let at = firstFrom(sorted, prefix > after ? prefix : after); at < sorted.length && found.length < most; at += 1) {
        const key = sorted[at] ?? '';
        if (key === after) continue;
        if (!key.startsWith(prefix)) break;
        found.push(key);
      }
      return found;
    },
  };
}

function firstFrom(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

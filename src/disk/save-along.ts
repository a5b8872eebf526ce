import type { OpenFile } from './disk.ts';

/** A file that is saved while it grows. */
export interface SaveAlong {
  /** So many bytes more have been written. */
  wrote(bytes: number): void;
  /** Resolves when nobody works on the file any more; rejects where saving has failed: a system says so once. */
  end(): Promise<void>;
}

/** As much as a disk takes in some ten milliseconds. */
const EVERY = 8 * 1024 * 1024;

/** Begins to save what has been written whenever there is enough of it, one call at a time: when all has come, most of it is on the medium, which would else have waited for it. */
export function saveAlong(file: Pick<OpenFile, 'settle'>): SaveAlong {
  let since = 0;
  let saving: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  return {
    wrote(bytes) {
      since += bytes;
      if (since < EVERY || saving || failure) return;
      since = 0;
      saving = file.settle().catch((error: unknown) => { failure = { error }; }).finally(() => { saving = undefined; });
    },
    async end() {
      await saving;
      if (failure) throw failure.error;
    },
  };
}

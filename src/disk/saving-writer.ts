import { dirname } from 'node:path';
import type { Disk } from './disk.ts';
import { type Beside, createBeside, type PutRules } from './put.ts';
import { exists } from './read.ts';
import { type SaveAlong, saveAlong } from './save-along.ts';

/** Makes files in pieces, each whole or not at all. What is saved on the medium is waited for by other threads, while more comes. */
export interface SavingWriter {
  /** Begins a file of so many bytes; undefined where it cannot be made. */
  begin(path: string, size: number): SavedFile | undefined;
  /** Resolves when all have been told of and the names are on the medium, too; rejects where one of those could not be saved. */
  end(): Promise<void>;
}
export interface SavedFile {
  /** The bytes are the caller's again when it returns. */
  write(bytes: Uint8Array): void;
  /** All has come: it gets its name. Tells, then or later, whether it is there. */
  end(told: (isThere: boolean) => void): void;
  /** It is not wanted any more. */
  drop(): void;
}
export interface SavingWriterSettings extends PutRules {
  /** A file of so many bytes is saved before it gets its name. */
  readonly syncFrom: number;
}

/** Files that wait for the medium: each is open. Where more come they are waited for. */
const MOST = 32;
/** Folders that are saved at once. */
const FOLDERS = 16;

export function createSavingWriter(disk: Disk, { syncFrom, ...rules }: SavingWriterSettings): SavingWriter {
  const ending = new Set<Promise<void>>();
  const folders = new Set<string>();
  const finish = async (file: PartialFile, path: string): Promise<boolean> => {
    try {
      if (file.isSaved) await file.save(ending.size >= MOST);
      await file.close();
      disk.rename(file.temporary, path);
      if (file.isSaved) folders.add(dirname(path));
      return true;
    } catch {
      // Who does it in a plainer way is told why.
      await file.remove();
      return false;
    }
  };
  return {
    begin(path, size) {
      const file = begun(() => new PartialFile(disk, createBeside(disk, path, rules), { size, isSaved: size >= syncFrom }));
      if (file === undefined) return undefined;
      return {
        write: (bytes) => { file.write(bytes); },
        end(told) {
          const work = finish(file, path).then(told).finally(() => { ending.delete(work); });
          ending.add(work);
        },
        drop() {
          const work = file.remove().finally(() => { ending.delete(work); });
          ending.add(work);
        },
      };
    },
    async end() {
      await Promise.all(ending);
      const waiting = folders.values();
      const saveNames = async (): Promise<void> => {
        for (const folder of waiting) await disk.settleFolder(folder);
      };
      await Promise.all(Array.from({ length: FOLDERS }, saveNames));
    },
  };
}

function begun(begin: () => PartialFile): PartialFile | undefined {
  try {
    return begin();
  } catch {
    return undefined;
  }
}

/** Extending a file first makes large writes up to twice as fast. */
const EXTENDED = 1024 * 1024;

/** A file on its way. What fails is told at its end. */
class PartialFile {
  readonly temporary: string;
  readonly isSaved: boolean;
  readonly #disk: Disk;
  readonly #file: Beside['file'];
  readonly #along: SaveAlong | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isOpen = true;

  constructor(disk: Disk, { file, temporary }: Beside, { size, isSaved }: { readonly size: number; readonly isSaved: boolean }) {
    this.#disk = disk;
    this.#file = file;
    this.temporary = temporary;
    this.isSaved = isSaved;
    this.#along = isSaved ? saveAlong(file) : undefined;
    if (size > EXTENDED) this.#do(() => { file.resize(size); });
  }

  write(bytes: Uint8Array): void {
    this.#do(() => { this.#file.write(bytes); });
    this.#along?.wrote(bytes.byteLength);
  }

  /** `isNow`: this thread waits for it. */
  async save(isNow: boolean): Promise<void> {
    if (this.#failure) return;
    await this.#along?.end();
    if (isNow) this.#file.sync();
    else await this.#file.settle();
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      await this.#along?.end();
    } finally {
      this.#file.close();
    }
    if (this.#failure) throw this.#failure.error;
  }

  async remove(): Promise<void> {
    await this.close().catch(() => undefined);
    try {
      if (exists(this.temporary)) this.#disk.remove(this.temporary);
    } catch {
      // Its name is none of an object, so it only takes place.
    }
  }

  #do(act: () => void): void {
    if (this.#failure) return;
    try {
      act();
    } catch (error) {
      this.#failure = { error };
    }
  }
}

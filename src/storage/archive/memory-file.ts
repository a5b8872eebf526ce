import type { OpenFile } from '../../disk/disk.ts';

/** A file that is never on a disk, for archives that are small. */
export function memoryFile(): { readonly file: OpenFile; bytes(): Uint8Array } {
  let bytes = Buffer.alloc(0);
  let length = 0;
  return {
    bytes: () => bytes.subarray(0, length),
    file: {
      write(some, position = length) {
        const end = Math.max(length, position + some.byteLength);
        if (end > bytes.length) {
          const grown = Buffer.alloc(Math.max(end, bytes.length * 2));
          bytes.copy(grown);
          bytes = grown;
        }
        bytes.set(some, position);
        length = end;
      },
      resize: () => undefined, sync: () => undefined, settle: async () => undefined, close: () => undefined,
    },
  };
}

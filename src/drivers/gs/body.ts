import { createHash, hash } from 'node:crypto';
import type { Checksum, Source } from '../../storage/source.ts';

export const md5Hex = (bytes: Uint8Array): string => hash('md5', bytes, 'hex');

/** Whether the service knows such a hash. */
export const isChecked = (checksum: Checksum | undefined): boolean => checksum?.name === 'md5' || checksum?.name === 'crc32c';

/** A source whose checksum is known once it was read to its end. */
export interface Hashed {
  readonly source: Source;
  /** That of the last whole reading; what the source itself says of its content counts more. */
  checksum(): Checksum | undefined;
}

/** Hashes the bytes while they pass, unless their hash is known. */
export function hashed(source: Source): Hashed {
  if (isChecked(source.checksum)) return { source, checksum: () => source.checksum };
  let found: Checksum | undefined;
  return {
    checksum: () => found,
    source: {
      ...source,
      async *open(options) {
        const isWhole = (options?.start ?? 0) === 0 && (options?.end === undefined || options.end === source.size);
        const md5 = isWhole ? createHash('md5') : undefined;
        for await (const chunk of source.open(options)) {
          md5?.update(chunk);
          yield chunk;
        }
        if (md5) found = { name: 'md5', value: md5.digest('hex') };
      },
    },
  };
}

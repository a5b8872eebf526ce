import { fromBytes } from '../../../storage/source.ts';
import type { Disk } from '../../../disk/disk.ts';
import { type CallOptions, throwIfAborted } from '../../../storage/call.ts';
import { createZipWriter } from '../../../storage/archive/zip-writer.ts';
import type { ZipMember } from '../../../storage/archive/open-zip.ts';
import type { Taken } from './merge.ts';
import { serializeMetadata, type StateMetadata } from './metadata.ts';
import { METADATA, servicesIn } from './units.ts';

export interface NewState extends CallOptions {
  readonly disk: Disk;
  readonly path: string;
  /** What its metadata.yaml says besides services and size; without it there is none. */
  readonly metadata?: StateMetadata | undefined;
  readonly mode?: number;
}

/** Writes a state into a new file. Members are copied as they are packed. */
export async function writeState(taken: readonly Taken[], { disk, path, metadata, mode, signal }: NewState): Promise<readonly ZipMember[]> {
  const file = disk.create(path, mode === undefined ? {} : { mode });
  try {
    const writer = createZipWriter(file);
    for (const { zip, member } of taken) {
      throwIfAborted(signal);
      await writer.copy(zip, member);
    }
    const members = taken.map(({ member }) => member);
    if (metadata !== undefined) {
      const bytes = Buffer.from(serializeMetadata({ ...metadata, services: [...servicesIn(members)], size: writer.size() }));
      await writer.add({ name: METADATA, mode: 0o100600, size: bytes.length }, fromBytes(bytes).open());
    }
    writer.finish();
    file.sync();
    return members;
  } finally {
    file.close();
  }
}

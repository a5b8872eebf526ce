import type { Landing } from '../../http/transport.ts';
import type { Quick } from '../../storage/quick.ts';
import { createMany } from '../../storage/quick-many.ts';
import { md5Hex } from './body.ts';
import { putOf } from './put.ts';
import { UNCHANGED } from './read.ts';
import { readResource } from './resource.ts';
import type { SmallObject } from './send-small.ts';
import type { Session } from './session.ts';
import { differenceOf } from './stored.ts';

/** Downloads and uploads of many small objects. */
export function createQuick(session: () => Session): Pick<Quick, 'readMany' | 'writeMany'> {
  const many = createMany<SmallObject, Session>(session);
  return {
    readMany: (reads) => many(reads, {
      asked: ({ path }, { client, keyOf }) => ({ method: 'GET', target: client.at.object(keyOf(path), { alt: 'media' }), headers: [UNCHANGED] }),
      // Bytes that were packed or unpacked on the way have another digest.
      taken: (_item, answer, bytes) => ({ result: answer?.status === 200 ? bytes : undefined, isUsual: answer?.status === 200 || answer?.status === 404 }),
    }),
    writeMany: (writes) => many(writes, {
      asked: ({ path, bytes, md5 = md5Hex(bytes) }, open) => putOf(open, path, { bytes, md5 }),
      taken({ bytes, md5 }, answer, said) {
        const isStored = answer?.status === 200 && saysSo(said, { size: bytes.byteLength, ...(md5 !== undefined && { checksum: { name: 'md5', value: md5 } }) });
        return { result: isStored, isUsual: isStored };
      },
    }),
  };
}

/** Whether the service describes what was sent. */
function saysSo(said: Uint8Array | Landing | undefined, wanted: Parameters<typeof differenceOf>[1]): boolean {
  try {
    return said instanceof Uint8Array && differenceOf(readResource(JSON.parse(Buffer.from(said).toString())), wanted) === undefined;
  } catch {
    return false;
  }
}

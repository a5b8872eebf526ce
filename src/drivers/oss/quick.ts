import { md5Base64 } from '../../storage/content-md5.ts';
import { crc64 } from '../../storage/crc64-ecma.ts';
import type { Quick } from '../../storage/quick.ts';
import { createMany } from '../../storage/quick-many.ts';
import type { SmallObject } from './client.ts';
import { crcOf } from './entry.ts';
import type { Session } from './session.ts';

/** GET and PUT of many small objects. */
export function createQuick(session: () => Session): Pick<Quick, 'readMany' | 'writeMany'> {
  const many = createMany<SmallObject, Session>(session);
  return {
    // Who takes the bytes knows their MD5, so their CRC-64 is not looked at.
    readMany: (reads) => many(reads, {
      asked: ({ path }, { keyOf }) => ({ method: 'GET', key: keyOf(path) }),
      taken: (_item, answer, bytes) => ({ result: answer?.status === 200 ? bytes : undefined, isUsual: answer?.status === 200 || answer?.status === 404 }),
    }),
    writeMany: (writes) => many(writes, {
      asked: ({ path, bytes, md5 }, { keyOf }) => ({ method: 'PUT', key: keyOf(path), headers: [['content-md5', md5 === undefined ? md5Base64(bytes) : Buffer.from(md5, 'hex').toString('base64')]], bytes }),
      taken({ bytes }, answer) {
        const there = answer && crcOf(answer);
        const isStored = answer?.status === 200 && (there === undefined || there === crc64(bytes));
        return { result: isStored, isUsual: isStored };
      },
    }),
  };
}

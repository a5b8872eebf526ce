import type { SmallAnswer } from '../../http/transport.ts';
import { md5Base64 } from '../../storage/content-md5.ts';
import type { Path } from '../../storage/path.ts';
import type { Quick } from '../../storage/quick.ts';
import { createMany } from '../../storage/quick-many.ts';
import type { SmallObject } from './client.ts';
import { isFolder, md5Of } from './entry.ts';
import type { Session } from './session.ts';

/** Get Blob and Put Blob of many small objects. */
export function createQuick(session: () => Session): Pick<Quick, 'readMany' | 'writeMany'> {
  const many = createMany<SmallObject, Session>(session);
  return {
    readMany: (reads) => many(reads, {
      asked: ({ path }, open) => ({ method: 'GET', verb: 'read', key: open.keyOf(path) }),
      taken(_item, answer, bytes) {
        const isObject = answer?.status === 200 && !isFolder((name) => answer.header(name));
        return { result: isObject ? bytes : undefined, isUsual: isObject || answer?.status === 404 };
      },
    }),
    writeMany: (writes) => many(writes, {
      asked: ({ path, bytes, md5 }, open) => putOf(open, { path, bytes, md5: md5 === undefined ? md5Base64(bytes) : Buffer.from(md5, 'hex').toString('base64') }),
      taken({ md5 }, answer) {
        const isStored = answer?.status === 201 && !contradicts(answer, md5);
        return { result: isStored, isUsual: isStored };
      },
    }),
  };
}

function putOf({ keyOf }: Session, { path, bytes, md5 }: { readonly path: Path; readonly bytes: Uint8Array; readonly md5: string }): SmallObject {
  return { method: 'PUT', verb: 'write', key: keyOf(path), headers: [['x-ms-blob-type', 'BlockBlob'], ['content-md5', md5]], bytes };
}

/** The service says what MD5 it found itself. */
function contradicts(answer: SmallAnswer, sent: string | undefined): boolean {
  const found = md5Of(answer.header('content-md5'));
  return sent !== undefined && found !== undefined && found.value !== sent.toLowerCase();
}

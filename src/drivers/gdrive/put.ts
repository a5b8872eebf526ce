import { createHasher, hashBytes, type Hasher } from '../../disk/hasher.ts';
import type { HttpBody } from '../../http/transport.ts';
import type { CallOptions, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { bytesBody, bytesOf, otherSize } from '../../storage/request-body.ts';
import { entryOf } from './file.ts';
import type { Session } from './session.ts';
import { readStored, requireMd5, type Target, uploadRequest } from './target.ts';

/** An object for one request. */
export interface Put extends CallOptions {
  readonly source: Source;
  readonly size: number;
  readonly target: Target;
}

/** Bytes in memory up to this size leave in one write with what stands before them. */
const TOGETHER_BYTES = 256 * 1024;

/** One request with description and bytes (multipart/related). A request that is cut stores nothing. */
export async function put(session: Session, path: Path, { source, size, target, signal }: Put): Promise<Entry> {
  const boundary = Buffer.from(session.opening.randomBytes(16)).toString('hex');
  const head = Buffer.from(`--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(target.metadata)}\r\n--${boundary}\r\ncontent-type: ${target.contentType}\r\n\r\n`);
  const { body, digest } = framed(source, { size, head, tail: Buffer.from(`\r\n--${boundary}--\r\n`), signal });
  const answer = await session.client.ask({
    ...uploadRequest(session, path, { target, uploadType: 'multipart' }), verb: 'write', signal, headers: [['content-type', `multipart/related; boundary=${boundary}`]], body,
  });
  const stored = readStored(session, path, answer);
  const expected = source.checksum?.name === 'md5' ? source.checksum.value.toLowerCase() : digest();
  await requireMd5(session, path, { stored, expected, isNew: target.existing === undefined });
  return entryOf(path, stored);
}

interface Framing {
  readonly size: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly signal: AbortSignal | undefined;
}
interface Framed {
  readonly body: HttpBody;
  /** The MD5 of what was sent last. */
  digest(): string;
}

function framed(source: Source, { size, head, tail, signal }: Framing): Framed {
  const bytes = size <= TOGETHER_BYTES ? bytesOf(source, size) : undefined;
  if (bytes) return { body: bytesBody(Buffer.concat([head, bytes, tail])), digest: () => hashBytes('md5', bytes) };
  let md5: Hasher = createHasher('md5');
  const open = async function* (): AsyncGenerator<Uint8Array> {
    md5 = createHasher('md5');
    let count = 0;
    yield head;
    for await (const chunk of source.open(signal ? { signal } : {})) {
      count += chunk.byteLength;
      // What follows would be taken for bytes of the object.
      if (count > size) throw otherSize('the source', count, size);
      md5.update(chunk);
      yield chunk;
    }
    if (count !== size) throw otherSize('the source', count, size);
    yield tail;
  };
  return { body: { size: head.byteLength + size + tail.byteLength, open }, digest: () => md5.digest() };
}

import { createHash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { CallOptions } from '../../storage/driver.ts';
import type { Source } from '../../storage/source.ts';

/** All bytes of a source, with its promises (size, checksum) checked. `name` is for messages. */
export async function receive(source: Source, name: string, { signal }: CallOptions = {}): Promise<Uint8Array> {
  throwIfAborted(signal);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.open(signal ? { signal } : {})) {
    throwIfAborted(signal);
    chunks.push(Buffer.from(chunk));
    size += chunk.byteLength;
    if (source.size !== undefined && size > source.size) throw new TowlineError('CORRUPT', `the source of ${name} gave more than its ${source.size} bytes`);
  }
  if (source.size !== undefined && size < source.size) throw new TowlineError('CORRUPT', `the source of ${name} ended after ${size} of its ${source.size} bytes`);
  const bytes = Buffer.concat(chunks, size);
  checkDigest(source, bytes, name);
  return bytes;
}

function checkDigest({ checksum }: Source, bytes: Uint8Array, name: string): void {
  if (checksum?.name !== 'md5' && checksum?.name !== 'sha256') return;
  const found = createHash(checksum.name).update(bytes).digest('hex');
  if (found !== checksum.value) throw new TowlineError('CORRUPT', `the bytes of ${name} have ${checksum.name} ${found}, not ${checksum.value}`);
}

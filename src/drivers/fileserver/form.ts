import { TowlineError } from '../../errors.ts';
import type { HttpBody } from '../../http/transport.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';

interface Form { readonly path: Path; readonly boundary: string; readonly contentType: string; readonly signal: AbortSignal | undefined }

/** The form with one file, as Python's `requests` writes it: the name of the field is where the file goes, in plain UTF-8. */
export function formBody(source: Source, { path, boundary, contentType, signal }: Form): { readonly body: HttpBody; sent(): number } {
  if (/["\\]/.test(path)) throw new TowlineError('UNSUPPORTED', `'${path}' cannot be stored on ClearML's file server: its form has no way to say '"' or '\\'`, { hint: 'Use another name.' });
  if (/[\r\n]/.test(contentType)) throw new TowlineError('INVALID_ARGUMENT', 'a content type is one line');
  const head = Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="/${path}"; filename="/${path}"\r\nContent-Type: ${contentType}\r\n\r\n`);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  let sent = 0;
  return {
    sent: () => sent,
    body: {
      size: source.size === undefined ? undefined : head.byteLength + source.size + tail.byteLength,
      ...(source.origin?.kind === 'memory' && source.origin.bytes.byteLength === source.size && { bytes: Buffer.concat([head, source.origin.bytes, tail]) }),
      async *open() {
        sent = 0;
        yield head;
        for await (const chunk of source.open(signal && { signal })) {
          sent += chunk.byteLength;
          yield chunk;
        }
        yield tail;
      },
    },
  };
}

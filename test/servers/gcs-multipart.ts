import { GcsRefusal } from './gcs-objects.ts';

export interface MimePart { readonly head: string; readonly body: Buffer }

/** The parts of a `multipart/*` body. */
export function mimeParts(contentType: string, body: Buffer): readonly MimePart[] {
  const boundary = /boundary=(?:"([^"]+)"|'([^']+)'|([^\s;]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2] ?? boundary?.[3];
  if (mark === undefined) throw new GcsRefusal(400, 'badContent', 'Missing boundary.');
  const parts: MimePart[] = [];
  const line = Buffer.from(`--${mark}`);
  let at = body.indexOf(line);
  while (at >= 0) {
    const start = at + line.byteLength;
    if (body.subarray(start, start + 2).toString() === '--') return parts;
    const next = body.indexOf(Buffer.from(`\r\n--${mark}`), start);
    const unixNext = next >= 0 ? next : body.indexOf(Buffer.from(`\n--${mark}`), start);
    if (unixNext < 0) break;
    const part = body.subarray(body.indexOf('\n', start) + 1, unixNext);
    parts.push(split(part));
    at = body.indexOf(line, unixNext);
  }
  throw new GcsRefusal(400, 'malformed', 'Multipart body has no end.');
}

/** Head and body of a message, whichever line ends it has. */
export function split(message: Buffer): MimePart {
  const blank = /^\r?\n/.exec(message.subarray(0, 2).toString())?.[0];
  if (blank !== undefined) return { head: '', body: message.subarray(blank.length) };
  const unix = message.indexOf('\n\n');
  const dos = message.indexOf('\r\n\r\n');
  const isDos = dos >= 0 && (unix < 0 || dos < unix);
  const end = isDos ? dos : unix;
  if (end < 0) return { head: message.toString(), body: Buffer.alloc(0) };
  return { head: message.subarray(0, end).toString(), body: message.subarray(end + (isDos ? 4 : 2)) };
}

export const headerOf = (head: string, name: string): string | undefined => new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'im').exec(head)?.[1];

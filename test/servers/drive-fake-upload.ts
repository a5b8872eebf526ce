import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refused } from './drive-fake-refusal.ts';

/** What an upload makes of its bytes in the end. */
export type Finish = (bytes: Buffer) => unknown;
export interface FakeUpload {
  readonly id: string;
  readonly total: number | undefined;
  readonly finish: Finish;
  bytes: Buffer;
  /** The answer to the last byte, once it came. */
  stored: unknown;
}
/** The answer to a piece of a resumable upload. */
export type UploadAnswer = { readonly status: 308; readonly range: string | undefined } | { readonly status: 200; readonly stored: unknown };

/** Only whole multiples are kept, except at the end. */
const GRAIN = 256 * 1024;

/** Resumable uploads that are under way. */
export interface FakeUploads {
  begin(total: number | undefined, finish: Finish): string;
  /** A request with bytes, or one that asks how far it is. */
  receive(id: string, request: IncomingMessage): Promise<UploadAnswer>;
  cancel(id: string): void;
  forget(): void;
  readonly count: number;
  /** Keeps at most so many bytes of a piece that is not the last, as a busy service may. */
  keepsAtMost: number;
}

export function createFakeUploads(): FakeUploads {
  const uploads = new Map<string, FakeUpload>();
  const self: FakeUploads = {
    keepsAtMost: Number.POSITIVE_INFINITY,
    get count() { return uploads.size; },
    begin(total, finish) {
      const id = randomBytes(24).toString('base64url');
      uploads.set(id, { id, total, finish, bytes: Buffer.alloc(0), stored: undefined });
      return id;
    },
    async receive(id, request) {
      const upload = uploads.get(id);
      const [, first, last, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers['content-range'] ?? '') ?? [];
      if (!upload) throw new Refused(404, 'notFound', 'Upload session not found.');
      // Without the header it is the whole in one request, which is how Google's Python client sends an empty file.
      if (request.headers['content-range'] === undefined) return { status: 200, stored: (upload.stored ??= upload.finish(await wholeOf(request))) };
      if (total === undefined) throw new Refused(400, 'badRequest', 'Failed to parse Content-Range header.');
      const whole = total === '*' ? upload.total : Number(total);
      if (upload.total !== undefined && whole !== upload.total) throw new Refused(400, 'badRequest', 'The total of the upload differs.');
      const start = first === undefined ? upload.bytes.byteLength : Number(first);
      if (upload.stored === undefined && first !== undefined && start <= upload.bytes.byteLength) await take(upload, request, { start, end: Number(last) + 1, whole });
      else request.resume();
      if (upload.stored === undefined && whole !== undefined && upload.bytes.byteLength === whole && (first === undefined ? total !== '*' : Number(last) + 1 === whole)) upload.stored = upload.finish(upload.bytes);
      if (upload.stored !== undefined) return { status: 200, stored: upload.stored };
      return { status: 308, range: upload.bytes.byteLength === 0 ? undefined : `bytes=0-${upload.bytes.byteLength - 1}` };
    },
    cancel: (id) => { if (!uploads.delete(id)) throw new Refused(404, 'notFound', 'Upload session not found.'); },
    forget: () => { uploads.clear(); },
  };
  const take = async (upload: FakeUpload, request: IncomingMessage, { start, end, whole }: { readonly start: number; readonly end: number; readonly whole: number | undefined }): Promise<void> => {
    const chunks: Buffer[] = [upload.bytes.subarray(0, start)];
    let at = start;
    const keep = (): void => {
      const isLast = at === whole;
      const most = isLast ? at : Math.floor(Math.min(at, upload.bytes.byteLength + self.keepsAtMost) / GRAIN) * GRAIN;
      if (most > upload.bytes.byteLength) upload.bytes = Buffer.concat(chunks).subarray(0, most);
    };
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        at += chunk.byteLength;
      }
    } finally {
      // Also of a request that was cut.
      keep();
    }
    if (at !== end) throw new Refused(400, 'badRequest', 'The request has another number of bytes than it says.');
    if (at !== whole && at % GRAIN !== 0) throw new Refused(400, 'badRequest', 'Chunks must be multiples of 256 KiB.');
  };
  return self;
}

async function wholeOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Takes a body of multipart/related apart: JSON, and bytes of a type. */
export function readRelated(body: Buffer, contentType: string): { readonly metadata: Record<string, unknown>; readonly bytes: Buffer; readonly type: string } {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  const invalid = new Refused(400, 'badContent', 'Malformed multipart body.');
  if (boundary === undefined) throw invalid;
  const parts: Buffer[] = [];
  const mark = Buffer.from(`--${boundary}`);
  let at = body.indexOf(mark);
  while (at >= 0) {
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), at);
    if (next < 0) break;
    parts.push(body.subarray(body.indexOf('\r\n', at) + 2, next));
    at = next + 2;
  }
  const isEnded = at >= 0 && body.subarray(at + mark.byteLength, at + mark.byteLength + 2).toString() === '--';
  const [first, second] = parts.map((part) => { const border = part.indexOf('\r\n\r\n'); return { head: part.subarray(0, border).toString(), content: part.subarray(border + 4) }; });
  if (!isEnded || parts.length !== 2 || !first || !second) throw invalid;
  return { metadata: JSON.parse(first.content.toString()) as Record<string, unknown>, bytes: second.content, type: /content-type:\s*([^\r\n]+)/i.exec(second.head)?.[1] ?? 'application/octet-stream' };
}

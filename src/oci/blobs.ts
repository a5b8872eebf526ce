import { TowlineError } from '../errors.ts';
import { rangedBody, rangeHeader } from '../http/ranges.ts';
import { SMALL_BODY, smallBody } from '../http/small-body.ts';
import type { CallOptions } from '../storage/call.ts';
import type { Descriptor, FetchOptions } from '../storage/artifacts.ts';
import { wholeContent } from '../storage/content.ts';
import type { Content, Entry } from '../storage/driver.ts';
import { parsePath } from '../storage/path.ts';
import { requireContent, verifiedChunks } from './digest.ts';
import type { Registry } from './registry.ts';

/** Whether a repository has a blob. Lengths are not compared: where HEAD is redirected some answer with other ones. */
export async function blobExists(registry: Registry, { digest }: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
  const response = await registry.send({ method: 'HEAD', at: `blobs/${digest}`, signal });
  if (response.status !== 200 && response.status !== 404) throw await registry.failed(response, { verb: 'read', where: `${digest} of ${registry.displayUrl}` });
  response.cancel();
  return response.status === 200;
}

/** Reads a blob, verified, or a range of it. */
export async function fetchBlob(registry: Registry, target: Descriptor, options: FetchOptions = {}): Promise<Content> {
  const { digest, size } = target;
  const where = `${digest} of ${registry.displayUrl}`;
  const { start, end } = clamped(target, options);
  const isWhole = start === 0 && end === size;
  const entry = entryOf(target);
  if (start >= end && !isWhole) {
    if (await blobExists(registry, target, options)) return wholeContent(entry, new Uint8Array());
    throw absent(where);
  }
  const wanted = { start, end: isWhole ? undefined : end };
  const response = await registry.send({ method: 'GET', at: `blobs/${digest}`, headers: rangeHeader(wanted), signal: options.signal });
  if (response.status !== 200 && !(response.status === 206 && !isWhole)) throw await registry.failed(response, { verb: 'read', where });
  try {
    if (!isWhole) return { entry, body: rangedBody(response, { ...wanted, path: digest }), cancel: () => { response.cancel(); } };
    if (size > SMALL_BODY) return { entry, body: verifiedChunks(response.body, target, where), cancel: () => { response.cancel(); } };
    const bytes = await smallBody(response, size);
    requireContent(bytes, target, where);
    return wholeContent(entry, bytes);
  } catch (error) {
    response.cancel();
    throw error;
  }
}

/** The range within the content. INVALID_ARGUMENT for what is none. */
export function clamped({ digest, size }: Descriptor, { start = 0, end = size }: FetchOptions): { readonly start: number; readonly end: number } {
  if (!Number.isSafeInteger(start) || start < 0 || !Number.isSafeInteger(end) || end < start) throw new TowlineError('INVALID_ARGUMENT', `${start}-${end} is not a range`, { context: { digest } });
  return { start: Math.min(start, size), end: Math.min(end, size) };
}

export const entryOf = ({ digest, size }: Descriptor): Entry => ({ path: parsePath(digest), kind: 'file', size });

/** The error of what is not there. */
export const absent = (where: string): TowlineError => new TowlineError('NOT_FOUND', `Cannot read ${where}: it is not there`);

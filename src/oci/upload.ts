import { TowlineError } from '../errors.ts';
import type { HttpBody, HttpResponse } from '../http/transport.ts';
import type { Descriptor, Pushed, PushOptions } from '../storage/artifacts.ts';
import { throwIfAborted } from '../storage/call.ts';
import { bytesBody, bytesOf } from '../storage/request-body.ts';
import type { Source } from '../storage/source.ts';
import { blobExists } from './blobs.ts';
import { createVerifier, requireContent, verifiedChunks } from './digest.ts';
import type { Registry } from './registry.ts';
import { beginSession, cancelSession, closingUrl, heldBytes, resumeSession, type Session, sessionOf } from './session.ts';
import { readSessionToken, writeSessionToken } from './session-token.ts';

/** A blob on its way to a repository. */
interface Sending extends PushOptions {
  readonly registry: Registry;
  readonly expected: Descriptor;
  readonly source: Source;
  /** The repository of this registry that has it already. */
  readonly from?: string | undefined;
}

/** Above this size it is asked first whether the blob is there: a question costs less than the bytes. */
const ASKED_FIRST = 4 * 1024 * 1024;
const OCTETS = ['content-type', 'application/octet-stream'] as const;

/** Sends a blob: by mounting it, in one request, or in chunks where it is large. */
export async function pushBlob(sending: Sending): Promise<Pushed> {
  const { registry, expected, source, from, resume, signal } = sending;
  throwIfAborted(signal);
  if (source.size !== undefined && source.size !== expected.size) throw new TowlineError('CORRUPT', `the source of ${expected.digest} has ${source.size} bytes instead of ${expected.size}`, { context: { side: 'source' } });
  if (from === undefined && expected.size > ASKED_FIRST && (await blobExists(registry, expected, sending))) return { how: 'present' };
  const kept = resume === undefined ? undefined : readSessionToken(resume, { repository: registry.displayUrl, digest: expected.digest });
  const resumed = kept && (await resumeSession(registry, kept, signal));
  const session = resumed ?? (await beginSession(registry, { digest: expected.digest, from, ...(signal && { signal }) }));
  if (session === undefined) return { how: 'mounted' };
  await send(sending, session);
  return { how: 'streamed' };
}

async function send(sending: Sending, session: Session): Promise<void> {
  const { registry, expected } = sending;
  const { chunk, chunksAbove } = registry.settings;
  if (chunk !== 'never' && (session.offset > 0 || expected.size > chunksAbove)) return await sendChunks(sending, session, chunk);
  try {
    await orCancel(sending, session, () => sendWhole(sending, session));
  } catch (error) {
    // A proxy before the registry takes no body of that size; in pieces it may.
    const isTooLarge = error instanceof TowlineError && error.context['status'] === 413 && chunk !== 'never' && expected.size > chunk;
    const another = isTooLarge ? await beginSession(registry, { digest: expected.digest, ...(sending.signal && { signal: sending.signal }) }) : undefined;
    if (another === undefined || chunk === 'never') throw error;
    await sendChunks(sending, another, chunk);
  }
}

async function orCancel(sending: Sending, session: Session, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (sending.onToken === undefined) await cancelSession(sending.registry, session);
    throw error;
  }
}

async function sendWhole({ registry, expected, source, signal }: Sending, session: Session): Promise<void> {
  const where = `the source of ${expected.digest}`;
  const bytes = bytesOf(source, expected.size);
  if (bytes) requireContent(bytes, expected, where);
  const body: HttpBody = bytes ? bytesBody(bytes) : { size: expected.size, open: () => verifiedChunks(source.open(signal && { signal }), expected, where) };
  const response = await registry.send({ method: 'PUT', at: closingUrl(session, expected.digest), headers: [OCTETS], body, signal });
  await closed(registry, expected, response);
}

/** In order, each where the answer to the one before says. The last chunk closes the upload: an empty closing request fails on Amazon's registry. */
async function sendChunks(sending: Sending, begun: Session, chunk: number): Promise<void> {
  const { registry, expected } = sending;
  const owner = { repository: registry.displayUrl, digest: expected.digest };
  let session = begun;
  await orCancel(sending, begun, async () => {
    let sent = await verifiedStart(sending, begun.offset);
    for (;;) {
      sending.onToken?.(writeSessionToken(owner, session));
      const end = Math.min(expected.size, session.offset + Math.max(chunk, session.leastChunk));
      const next = await sendChunk(sending, { session, end, sent });
      if (next === undefined) break;
      ({ session, sent } = next);
    }
    await confirm(sending);
  });
}

type Verifier = ReturnType<typeof createVerifier>;
interface Piece { readonly session: Session; readonly end: number; readonly sent: Verifier }

/** What was sent by another process is read once more: only so is it known that the whole is what it should be. */
async function verifiedStart({ expected, source, signal }: Sending, end: number): Promise<Verifier> {
  const verifier = createVerifier(expected, `the source of ${expected.digest}`);
  if (end > 0) for await (const chunk of source.open({ end, ...(signal && { signal }) })) verifier.update(chunk);
  return verifier;
}

/** Undefined after the last. */
async function sendChunk({ registry, expected, source, signal }: Sending, { session, end, sent }: Piece): Promise<Omit<Piece, 'end'> | undefined> {
  const { offset: start } = session;
  const isLast = end === expected.size;
  let passed = sent;
  const body: HttpBody = {
    size: end - start,
    async *open() {
      const verifier = sent.copy();
      if (end > start) for await (const chunk of source.open({ start, end, ...(signal && { signal }) })) {
        verifier.update(chunk);
        yield chunk;
      }
      passed = verifier;
    },
  };
  const headers = [OCTETS, ...(end > start ? [['content-range', `${start}-${end - 1}`] as const] : [])];
  const response = await registry.send({ method: isLast ? 'PUT' : 'PATCH', at: isLast ? closingUrl(session, expected.digest) : session.location, headers, body, signal });
  if (isLast) {
    await closed(registry, expected, response);
    return undefined;
  }
  if (response.status !== 202 && response.status !== 204) throw await registry.failed(response, doing(registry, expected));
  const held = registry.profile.saysWhatItHas ? heldBytes(response) : end;
  if (held !== undefined && held !== end) {
    response.cancel();
    throw new TowlineError('UNAVAILABLE', `${registry.displayUrl} has ${held} bytes of ${expected.digest} where ${end} were sent`, { retryable: true, hint: 'Push again.' });
  }
  return { session: sessionOf(response, { offset: end, before: session }), sent: passed };
}

const doing = (registry: Registry, { digest }: Descriptor): { readonly verb: 'write'; readonly where: string } => ({ verb: 'write', where: `${digest} to ${registry.displayUrl}` });

async function closed(registry: Registry, expected: Descriptor, response: HttpResponse): Promise<void> {
  if (response.status !== 201 && response.status !== 204) throw await registry.failed(response, doing(registry, expected));
  response.cancel();
  checkAnswered(response, expected, registry.displayUrl);
}

/** Throws CORRUPT where the registry says it stored something else. It may name the same content by another algorithm: docker-registry 2.8.2 does (seen 2026-11). */
export function checkAnswered(response: HttpResponse, { digest }: Pick<Descriptor, 'digest'>, where: string): void {
  const answered = response.header('docker-content-digest');
  if (answered === undefined || answered === digest || answered.split(':')[0] !== digest.split(':')[0]) return;
  throw new TowlineError('CORRUPT', `${where} stored ${answered.slice(0, 200)} where ${digest} was sent`, { hint: 'Something on the way changes what is sent.' });
}

/** Some registries kept the last chunk only, and said 201. */
async function confirm({ registry, expected, signal }: Sending): Promise<void> {
  const response = await registry.send({ method: 'HEAD', at: `blobs/${expected.digest}`, signal });
  if (response.status !== 200) throw await registry.failed(response, doing(registry, expected));
  response.cancel();
  const length = response.header('content-length');
  if (length === undefined || Number(length) === expected.size || response.url.pathname.includes('/blobs/') === false) return;
  throw new TowlineError('CORRUPT', `${registry.displayUrl} holds ${length} bytes of ${expected.digest}, which has ${expected.size}`, { hint: "Set 'chunk_size' so that it is sent in one piece." });
}

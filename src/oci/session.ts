import { TowlineError } from '../errors.ts';
import { redactUrl } from '../http/redact.ts';
import type { HttpResponse } from '../http/transport.ts';
import type { CallOptions } from '../storage/call.ts';
import type { Digest } from './digest.ts';
import type { Registry } from './registry.ts';

/** An upload a registry has begun. Each answer names where the next piece goes. */
export interface Session {
  readonly location: URL;
  /** How many bytes it has. */
  readonly offset: number;
  /** The least bytes in a chunk but the last. */
  readonly leastChunk: number;
}

/** Begins an upload; undefined where the registry took the blob from the repository `from` instead. */
export async function beginSession(registry: Registry, { digest, from, signal }: CallOptions & { readonly digest: Digest; readonly from?: string | undefined }): Promise<Session | undefined> {
  const query = from === undefined ? '' : `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  const response = await registry.send({ method: 'POST', at: `blobs/uploads/${query}`, signal });
  if (response.status === 201 && from !== undefined) {
    response.cancel();
    return undefined;
  }
  if (response.status !== 202) throw await registry.failed(response, { verb: 'write', where: `${digest} to ${registry.displayUrl}` });
  return sessionOf(response, { offset: 0 });
}

/** The session an answer names; its connection is free then. */
export function sessionOf(response: HttpResponse, { offset, before }: { readonly offset: number; readonly before?: Session }): Session {
  response.cancel();
  const text = response.header('location');
  const location = text === undefined ? before?.location : resolved(text, response.url);
  if (location === undefined) throw new TowlineError('UNAVAILABLE', `${redactUrl(response.url)} began an upload and did not say where it goes on`, { hint: 'A proxy before the registry may take its headers away.' });
  const least = Number(response.header('oci-chunk-min-length') ?? before?.leastChunk ?? 0);
  return { location, offset, leastChunk: Number.isSafeInteger(least) && least > 0 ? least : 0 };
}

/** A location may be relative, and of another host: nobody's credentials go there. It may not be less safe than what named it. */
function resolved(text: string, base: URL): URL {
  const url = URL.canParse(text, base.href) ? new URL(text, base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || (base.protocol === 'https:' && url.protocol !== 'https:')) {
    throw new TowlineError('UNAVAILABLE', `${redactUrl(base)}: nothing is sent to '${redactUrl(text).slice(0, 200)}', where the upload shall go on`, {
      hint: 'A registry behind a proxy must be told its own https URL (distribution: http.host), or send relative locations (http.relativeurls).',
    });
  }
  url.username = '';
  url.password = '';
  return url;
}

/** Where the last request of an upload goes. The query that is there already is the registry's, so not a character of it is changed. */
export function closingUrl({ location }: Session, digest: Digest): URL {
  return new URL(`${location.href}${location.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`);
}

/** Takes up a session: where it stands now, or undefined where the registry does not know it any more. */
export async function resumeSession(registry: Registry, session: Session, signal: AbortSignal | undefined): Promise<Session | undefined> {
  const response = await registry.send({ method: 'GET', at: session.location, signal });
  if (response.status !== 204 && response.status !== 202) {
    // docker-registry 2.8.2 answers 404 BLOB_UPLOAD_INVALID once a PATCH was cut: only between chunks is it taken up there (seen 2026-11).
    if (response.status >= 400 && response.status < 500 && ![401, 403, 408, 429].includes(response.status)) {
      response.cancel();
      return undefined;
    }
    throw await registry.failed(response, { verb: 'write', where: registry.displayUrl });
  }
  const held = registry.profile.saysWhatItHas ? heldBytes(response) : undefined;
  return sessionOf(response, { offset: held ?? session.offset, before: session });
}

/** How many bytes an answer says have arrived; `0-0` means none. */
export function heldBytes(response: HttpResponse): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(response.header('range')?.trim() ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}

/** Lets the registry forget an upload. It does so by itself after a while, so a failure here is none. */
export async function cancelSession(registry: Registry, { location }: Session): Promise<void> {
  await registry.send({ method: 'DELETE', at: location, signal: AbortSignal.timeout(5000) }).then((response) => { response.cancel(); }, () => undefined);
}

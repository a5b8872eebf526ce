import { TowlineError } from '../errors.ts';
import { readBytes } from '../http/bounded.ts';
import type { HttpResponse } from '../http/transport.ts';
import type { Descriptor } from '../storage/artifacts.ts';
import type { CallOptions } from '../storage/call.ts';
import { algorithmOf, digestOf, isDigest, parseDigest, requireContent } from './digest.ts';
import { ACCEPT_MANIFESTS, IMAGE_MANIFEST, isManifestType } from './media-types.ts';
import type { Registry } from './registry.ts';
import { checkTag } from './reference.ts';
import { checkAnswered } from './upload.ts';

/** Registries take 4 MiB; nobody makes us hold more than this in memory. */
export const LARGEST_MANIFEST: number = 16 * 1024 * 1024;

/** Whether a repository has a manifest. */
export async function manifestExists(registry: Registry, { digest }: Descriptor, { signal }: CallOptions = {}): Promise<boolean> {
  const response = await registry.send({ method: 'HEAD', at: `manifests/${digest}`, headers: [ACCEPT_MANIFESTS], signal });
  if (response.status !== 200 && response.status !== 404) throw await registry.failed(response, { verb: 'read', where: named(registry, digest) });
  response.cancel();
  return response.status === 200;
}

/** The bytes of a manifest exactly as they were pushed. */
export async function fetchManifest(registry: Registry, target: Descriptor, { signal }: CallOptions = {}): Promise<Uint8Array> {
  const where = named(registry, target.digest);
  if (target.size > LARGEST_MANIFEST) throw new TowlineError('INVALID_ARGUMENT', `Cannot read ${where}: a manifest of ${target.size} bytes is none`, { context: { digest: target.digest } });
  const bytes = await readBytes(await get(registry, target.digest, signal), LARGEST_MANIFEST);
  requireContent(bytes, target, where);
  return bytes;
}

/** What a tag or digest names. HEAD is asked first: Docker Hub does not count it as a pull. */
export async function resolveManifest(registry: Registry, reference: string, { signal }: CallOptions = {}): Promise<Descriptor> {
  if (isDigest(reference)) parseDigest(reference);
  else checkTag(reference);
  const response = await registry.send({ method: 'HEAD', at: `manifests/${reference}`, headers: [ACCEPT_MANIFESTS], signal });
  if (response.status !== 200 && response.status !== 405) throw await registry.failed(response, { verb: 'read', where: named(registry, reference) });
  response.cancel();
  const described = response.status === 200 ? fromHeaders(response) : undefined;
  if (described && (!isDigest(reference) || described.digest === reference)) return described;
  return await resolveByReading(registry, reference, signal);
}

function fromHeaders(response: HttpResponse): Descriptor | undefined {
  const digest = response.header('docker-content-digest') ?? '';
  const length = response.header('content-length') ?? '';
  const mediaType = typeOf(response);
  // What cannot be checked later is worth no trust now.
  return /^sha(256|512):[0-9a-f]+$/.test(digest) && isDigest(digest) && /^[1-9]\d*$/.test(length) && isManifestType(mediaType) ? { mediaType, digest, size: Number(length) } : undefined;
}

const typeOf = (response: HttpResponse): string => (response.header('content-type') ?? '').split(';')[0]?.trim() ?? '';

async function resolveByReading(registry: Registry, reference: string, signal: AbortSignal | undefined): Promise<Descriptor> {
  const response = await get(registry, reference, signal);
  const said = typeOf(response);
  const bytes = await readBytes(response, LARGEST_MANIFEST);
  const digest = isDigest(reference) ? digestOf(bytes, parseDigest(reference).algorithm) : digestOf(bytes);
  const found: Descriptor = { mediaType: isManifestType(said) ? said : mediaTypeOf(bytes), digest, size: bytes.byteLength };
  if (isDigest(reference)) requireContent(bytes, { digest: reference, size: bytes.byteLength }, named(registry, reference));
  return found;
}

async function get(registry: Registry, reference: string, signal: AbortSignal | undefined): Promise<HttpResponse> {
  const response = await registry.send({ method: 'GET', at: `manifests/${reference}`, headers: [ACCEPT_MANIFESTS], signal });
  if (response.status !== 200) throw await registry.failed(response, { verb: 'read', where: named(registry, reference) });
  return response;
}

/** Stores a manifest, by its tag where it has one. True where the registry keeps account of its subject by itself. */
export async function putManifest(registry: Registry, { target, bytes, tag, signal }: CallOptions & { readonly target: Descriptor; readonly bytes: Uint8Array; readonly tag?: string | undefined }): Promise<boolean> {
  algorithmOf(target);
  requireContent(bytes, target, `the source of ${target.digest}`);
  const body = { size: bytes.byteLength, bytes, open: async function* () { yield bytes; } };
  for (let isFirst = true; ; isFirst = false) {
    const response = await registry.send({ method: 'PUT', at: `manifests/${tag ?? target.digest}`, headers: [['content-type', target.mediaType]], body, signal });
    if (response.status >= 200 && response.status <= 204 && response.status !== 202) {
      response.cancel();
      checkAnswered(response, target, registry.displayUrl);
      return response.header('oci-subject') !== undefined;
    }
    const error = await registry.failed(response, { verb: 'write', where: `${tag ?? target.digest} to ${registry.displayUrl}` });
    // The bytes are those of the digest. A registry on plain files (distribution 3.1) says so, too, when it reads a link that another pusher of the same blob is just writing.
    if (!isFirst || error.code !== 'CORRUPT') throw error;
  }
}

/** What a manifest says of itself. */
export interface ManifestFields {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly manifests?: readonly Descriptor[];
}

/** The fields of a manifest or index; CORRUPT for what is none. */
export function parseManifest(bytes: Uint8Array, where: string): ManifestFields {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ManifestFields;
  } catch (cause) {
    throw new TowlineError('CORRUPT', `${where} is not a manifest`, { cause });
  }
  throw new TowlineError('CORRUPT', `${where} is not a manifest`);
}

/** Of a manifest whose type nobody said. */
export function mediaTypeOf(bytes: Uint8Array): string {
  const { mediaType } = parseManifest(bytes, 'what the registry sent');
  return typeof mediaType === 'string' && isManifestType(mediaType) ? mediaType : IMAGE_MANIFEST;
}

export const named = (registry: Pick<Registry, 'displayUrl'>, reference: string): string => `${reference} of ${registry.displayUrl}`;

import { hasCode, TowlineError } from '../errors.ts';
import { readBytes } from '../http/bounded.ts';
import type { HttpResponse } from '../http/transport.ts';
import type { Descriptor, ReferrersOptions } from '../storage/artifacts.ts';
import type { CallOptions } from '../storage/call.ts';
import { algorithmOf, digestOf, isDigest, parseDigest } from './digest.ts';
import { fetchManifest, type ManifestFields, named, parseManifest, putManifest, resolveManifest } from './manifests.ts';
import { IMAGE_INDEX } from './media-types.ts';
import type { Registry } from './registry.ts';
import { nextPage } from './tags.ts';

const LARGEST = 16 * 1024 * 1024;
const MOST_PAGES = 1000;

/** The manifests whose subject is `target`: by the registry's own list, or by the tag that stands in for it where there is none. */
export async function listReferrers(registry: Registry, target: Descriptor, { artifactType, signal }: ReferrersOptions = {}): Promise<readonly Descriptor[]> {
  algorithmOf(target);
  const options = { ...(signal && { signal }) };
  const listed = (await fromList(registry, target, { ...options, artifactType })) ?? (await readFallback(registry, target, options));
  // A filter is a wish: whether it was granted is not worth a header.
  return listed.filter((one) => artifactType === undefined || one.artifactType === artifactType);
}

async function fromList(registry: Registry, { digest }: Descriptor, { artifactType, signal }: { readonly artifactType: string | undefined; readonly signal?: AbortSignal }): Promise<readonly Descriptor[] | undefined> {
  const found: Descriptor[] = [];
  let at: string | URL = `referrers/${digest}${artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`}`;
  for (let page = 0; page < MOST_PAGES; page++) {
    const response: HttpResponse = await registry.send({ method: 'GET', at, signal });
    if (isMissing(response)) {
      response.cancel();
      return undefined;
    }
    if (response.status !== 200) throw await registry.failed(response, { verb: 'read', where: `what refers to ${named(registry, digest)}` });
    const next = nextPage(response);
    found.push(...manifestsOf(await readBytes(response, LARGEST), registry.displayUrl));
    if (next === undefined) return found;
    at = next;
  }
  return found;
}

/** Registries without this list answer 404, some by a page of text, others 400 or 405; one that has it answers 200 also for what it never saw. */
const isMissing = ({ status }: HttpResponse): boolean => status === 404 || status === 400 || status === 405;

function manifestsOf(bytes: Uint8Array, displayUrl: string): readonly Descriptor[] {
  const { manifests } = parseManifest(bytes, `the list of referrers of ${displayUrl}`);
  return (Array.isArray(manifests) ? manifests : []).filter((one: Descriptor) => typeof one?.digest === 'string' && isDigest(one.digest) && typeof one.mediaType === 'string' && Number.isSafeInteger(one.size));
}

/** The tag that stands in for the list (distribution spec 1.1, "Referrers Tag Schema"). */
function fallbackTag({ digest }: Descriptor): string {
  const { algorithm, hex } = parseDigest(digest);
  return `${algorithm}-${hex.slice(0, 64)}`;
}

async function readFallback(registry: Registry, target: Descriptor, options: CallOptions): Promise<readonly Descriptor[]> {
  try {
    const index = await resolveManifest(registry, fallbackTag(target), options);
    return manifestsOf(await fetchManifest(registry, index, options), registry.displayUrl);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return [];
    throw error;
  }
}

/** What the list says of a manifest. */
export function referrerOf({ mediaType, digest, size }: Descriptor, fields: ManifestFields): Descriptor {
  const artifactType = fields.artifactType ?? fields.config?.mediaType;
  return { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }), ...(fields.annotations && { annotations: fields.annotations }) };
}

/** Adds a manifest to the tag of its subject, or takes it away. Two that do so at once may lose one: no registry replaces a tag only if it is unchanged. */
export async function changeFallback(registry: Registry, { subject, add, remove, signal }: CallOptions & { readonly subject: Descriptor; readonly add?: Descriptor; readonly remove?: Descriptor }): Promise<void> {
  const options = { ...(signal && { signal }) };
  const before = await readFallback(registry, subject, options);
  const gone = add?.digest ?? remove?.digest;
  const after = [...before.filter(({ digest }) => digest !== gone), ...(add ? [add] : [])];
  if (remove && after.length === before.length) return;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: after }));
  await putManifest(registry, { target: { mediaType: IMAGE_INDEX, digest: digestOf(bytes), size: bytes.byteLength }, bytes, tag: fallbackTag(subject), ...options });
}

/** The subject a manifest names, where it is one that can be; INVALID_ARGUMENT otherwise. */
export function subjectOf({ subject }: ManifestFields): Descriptor | undefined {
  if (subject === undefined || subject === null) return undefined;
  if (typeof subject.digest !== 'string' || typeof subject.mediaType !== 'string') throw new TowlineError('INVALID_ARGUMENT', 'the subject of the manifest is not a descriptor');
  algorithmOf(subject);
  return subject;
}

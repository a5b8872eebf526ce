import { TowlineError } from '../errors.ts';
import { followRedirects } from '../http/redirects.ts';
import type { Connect, ConnectionSettings } from '../http/transport.ts';
import type { Audience, Clock } from '../runtime.ts';
import type { ArtifactStore, Descriptor, Pushed, PushOptions } from '../storage/artifacts.ts';
import { type CallOptions, throwIfAborted } from '../storage/call.ts';
import { gather, wholeContent } from '../storage/content.ts';
import type { Source } from '../storage/source.ts';
import { blobExists, clamped, entryOf, fetchBlob } from './blobs.ts';
import { type CredentialSources, findCredentials, type GivenCredentials } from './credentials.ts';
import { algorithmOf, verifiedChunks } from './digest.ts';
import { apiHost, isLoopback } from './hosts.ts';
import { withRegistryLogin } from './login.ts';
import { fetchManifest, LARGEST_MANIFEST, manifestExists, parseManifest, putManifest, resolveManifest } from './manifests.ts';
import { isManifestType } from './media-types.ts';
import { profileOf } from './profiles.ts';
import { checkRepository, checkTag, type Repository } from './reference.ts';
import { changeFallback, listReferrers, referrerOf, subjectOf } from './referrers.ts';
import { createRegistry, type Registry } from './registry.ts';
import { listTags } from './tags.ts';
import { pushBlob } from './upload.ts';

/** How one repository wants to be reached. */
export interface RegistrySettings extends GivenCredentials {
  /** Default: true on this very machine, false everywhere else. */
  readonly plainHttp?: boolean | undefined;
  readonly connection?: ConnectionSettings;
  /** Bytes in one chunk; default: by the registry's row. */
  readonly chunkBytes?: number | undefined;
  /** A blob above this size is sent in chunks; default: by the registry's row. */
  readonly chunksAboveBytes?: number | undefined;
}
export interface RegistryLent extends CredentialSources, Pick<Clock, 'now'>, Pick<Audience, 'warn'> { readonly connect: Connect }

/** A repository of a registry. Nothing is sent before the first call. */
export function openRegistryStore(repository: Repository, settings: RegistrySettings, lent: RegistryLent): ArtifactStore {
  const { host, name } = checkRepository(repository);
  const origin = `${settings.plainHttp ?? isLoopback(host) ? 'http' : 'https'}://${apiHost(host)}`;
  const connection = lent.connect(settings.connection);
  const plain = followRedirects(connection);
  const login = { origin: new URL(origin).origin, plain, now: lent.now, credentials: () => findCredentials({ host, name }, settings, lent) };
  const profile = profileOf(apiHost(host));
  const registry = createRegistry({
    origin, name, profile, displayUrl: `oci://${host}/${name}`, now: lent.now,
    // Logging in stands below redirects, so that each request of a chain is looked at by itself.
    transport: followRedirects(withRegistryLogin(connection, login)),
    warn: (text) => { lent.warn({ code: 'REGISTRY_WARNING', text: `${host}: ${text}` }); },
    settings: { chunk: settings.chunkBytes ?? profile.chunk, chunksAbove: settings.chunksAboveBytes ?? profile.chunksAbove },
  });
  const service = `oci ${origin}`;
  return {
    ...verbsOf(registry, service),
    displayUrl: registry.displayUrl,
    origin: (target) => ({ kind: 'object', service, address: `${name}@${target.digest}` }),
    close: async () => { await connection.close?.(); },
  };
}

function verbsOf(registry: Registry, service: string): Omit<ArtifactStore, 'displayUrl' | 'origin' | 'close'> {
  return {
    async exists(target, options) {
      algorithmOf(target);
      throwIfAborted(options?.signal);
      return await (isManifestType(target.mediaType) ? manifestExists(registry, target, options) : blobExists(registry, target, options));
    },
    async fetch(target, options = {}) {
      algorithmOf(target);
      const { start, end } = clamped(target, options);
      throwIfAborted(options.signal);
      if (!isManifestType(target.mediaType)) return await fetchBlob(registry, target, options);
      return wholeContent(entryOf(target), (await fetchManifest(registry, target, options)).subarray(start, end));
    },
    async push(expected, source, options = {}) {
      algorithmOf(expected);
      throwIfAborted(options.signal);
      if (isManifestType(expected.mediaType)) return await pushManifest(registry, expected, { ...options, source });
      if (options.tag !== undefined) throw new TowlineError('INVALID_ARGUMENT', `${expected.digest} is a blob, and only manifests have tags`);
      return await pushBlob({ ...options, registry, expected, source, from: mountable(source, service, expected) });
    },
    resolve: async (reference, options) => await resolveManifest(registry, reference, options),
    async tag(target, tag, options = {}) {
      checkTag(tag);
      algorithmOf(target);
      await putManifest(registry, { ...options, target, tag, bytes: await fetchManifest(registry, target, options) });
    },
    tags: (options) => listTags(registry, options),
    referrers: async (target, options) => await listReferrers(registry, target, options),
    delete: async (target, options) => { await remove(registry, target, options); },
  };
}

/** The repository of the same registry that has the very content. */
function mountable({ origin }: Source, service: string, { digest }: Descriptor): string | undefined {
  if (origin?.kind !== 'object' || origin.service !== service) return undefined;
  const [name, held] = origin.address.split('@');
  return held === digest ? name : undefined;
}

async function pushManifest(registry: Registry, target: Descriptor, { source, tag, signal }: PushOptions & { readonly source: Source }): Promise<Pushed> {
  if (tag !== undefined) checkTag(tag);
  const options = { ...(signal && { signal }) };
  const bytes = await gather(verifiedChunks(source.open(options), target, `the source of ${target.digest}`), LARGEST_MANIFEST);
  const knowsSubjects = await putManifest(registry, { ...options, target, bytes, tag });
  const fields = parseManifest(bytes, target.digest);
  const subject = subjectOf(fields);
  if (subject && !knowsSubjects) await changeFallback(registry, { ...options, subject, add: referrerOf(target, fields) });
  return { how: 'streamed' };
}

async function remove(registry: Registry, target: Descriptor, options: CallOptions = {}): Promise<void> {
  algorithmOf(target);
  throwIfAborted(options.signal);
  const isManifest = isManifestType(target.mediaType);
  const subject = isManifest ? await subjectOfStored(registry, target, options) : undefined;
  const response = await registry.send({ method: 'DELETE', at: `${isManifest ? 'manifests' : 'blobs'}/${target.digest}`, ...options });
  if (response.status >= 300 && response.status !== 404) throw await registry.failed(response, { verb: 'delete', where: `${target.digest} of ${registry.displayUrl}` });
  response.cancel();
  if (subject) await changeFallback(registry, { ...options, subject, remove: target });
}

/** Where the registry has no list of referrers, the manifest has to be struck off that of its subject. */
async function subjectOfStored(registry: Registry, target: Descriptor, options: CallOptions): Promise<Descriptor | undefined> {
  if (!(await manifestExists(registry, target, options))) return undefined;
  return subjectOf(parseManifest(await fetchManifest(registry, target, options), target.digest));
}

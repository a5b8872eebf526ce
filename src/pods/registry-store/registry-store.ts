import { randomBytes, randomInt } from 'node:crypto';
import { hasCode, TowlineError } from '../../errors.ts';
import { IMAGE_MANIFEST } from '../../oci/media-types.ts';
import type { Clock } from '../../runtime.ts';
import type { ArtifactStore, Descriptor } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import { concurrently } from '../../storage/concurrently.ts';
import { fromBytes, slice, type Source } from '../../storage/source.ts';
import type { Journal } from '../../storage/transfer/journal.ts';
import { pushArtifact } from '../../storage/transfer/push-artifact.ts';
import { counted, measure } from '../measure.ts';
import { checkPodName, isPodName, noSuchPod } from '../names.ts';
import type { Pod, PodStore, PodSummary, PodVersion, SaveOptions } from '../pod.ts';
import { notesOf } from '../states/zip/metadata.ts';
import { described, readVersion, writeManifest } from './manifest.ts';
import { type MeasuredPiece, measurePieces, piecesOf } from './pieces.ts';
import { sourceOf } from './state-source.ts';
import { canShare, ownRepository, type PodRepository, sharedRepository, tagsOf } from './place.ts';

const CLAIM = 'application/vnd.towline.pod.claim.v1';
const ENTRY = 'application/vnd.towline.pod.entry.v1';
const MOST_TRIES = 100;
const JOBS = 4;
/** Which tags of the base name pods that have a repository of their own. */
const ENTRY_TAG = 'pod.';

export interface RegistryPods extends Pick<Clock, 'now'> {
  /** A repository below the base of the remote; '' is the base itself. */
  readonly openRepository: (path: string) => Promise<ArtifactStore>;
  readonly isSingle: boolean;
  readonly displayUrl: string;
  /** Where uploads of large states are noted, so that another process can go on with them. */
  readonly journal?: Journal | undefined;
}

/** Pods as artifacts of a registry. A registry knows no condition on a tag, so a number is claimed before it is taken. docs/formats/pods-oci.md. */
export function createRegistryPods(given: RegistryPods): PodStore {
  const opened = new Map<string, Promise<ArtifactStore>>();
  const pods: Pods = {
    ...given,
    repository: (path) => {
      const store = opened.get(path) ?? given.openRepository(path);
      opened.set(path, store);
      return store;
    },
  };
  return {
    displayUrl: given.displayUrl,
    save: async (name, state, options) => await save(await at(pods, name), state, options),
    async load(name, version, options = {}): Promise<Pod> {
      const place = await at(pods, name);
      const versions = await versionsOf(place, options);
      const maximum = Math.max(0, ...versions.keys());
      const number = version ?? maximum;
      const tag = versions.get(number);
      if (tag === undefined) throw noSuchPod({ name, ...(version !== undefined && { version }) }, { displayUrl: given.displayUrl, maximum: versions.size === 0 ? undefined : maximum });
      return await open(place, { version: number, tag }, options);
    },
    async versions(name, options = {}) {
      const place = await at(pods, name);
      const versions = await versionsOf(place, options);
      if (versions.size === 0) throw noSuchPod({ name }, { displayUrl: given.displayUrl });
      const all: PodVersion[] = [];
      for (const [version, tag] of [...versions].toSorted(([one], [other]) => one - other)) all.push((await open(place, { version, tag }, options)).about);
      return all;
    },
    list: async (options = {}) => await list(pods, options),
    delete: async (name, version, options = {}) => await remove(await at(pods, name), version, options),
    async close() {
      for (const store of opened.values()) await (await store).close();
    },
  };
}

interface Pods extends RegistryPods { readonly repository: (path: string) => Promise<ArtifactStore> }
interface At { readonly pods: Pods; readonly name: string; readonly store: ArtifactStore; readonly where: PodRepository }

async function at(pods: Pods, name: string): Promise<At> {
  const where = (pods.isSingle ? sharedRepository : ownRepository)(checkPodName(name));
  return { pods, name, where, store: await pods.repository(where.path) };
}

async function versionsOf({ store, where }: At, options: CallOptions): Promise<ReadonlyMap<number, string>> {
  return new Map((await tagsOf(store, options)).flatMap((tag) => {
    const version = where.versionOf(tag);
    return version === undefined ? [] : [[version, tag] as const];
  }));
}

async function save(place: At, state: Source, { notes, onBytes, signal, isLayered }: SaveOptions): Promise<PodVersion> {
  const call = { ...(signal && { signal }) };
  const { store } = place;
  const { size, digest } = await measure(state, call);
  const cuts = isLayered === true ? await piecesOf({ ...state, size }, call) : undefined;
  const pieces = cuts && (await measurePieces(state, cuts, call));
  let last = 0;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const version = Math.max(last, ...(await numbersOf(place, call))) + 1;
    const about = { ...notes, name: place.name, version, size, digest, createdAt: new Date(place.pods.now()) };
    const claim = await claimNumber(place, version, call);
    try {
      if (await isAlone(place, { version, claim: claim.tag }, call)) {
        await publish(place, about, { ...call, pieces, state: counted(state, onBytes) });
        return about;
      }
    } finally {
      // Where it cannot be deleted, or not just now, the claim stays, and its number is used by nobody else.
      await store.delete(claim.descriptor, {}).catch(allowed);
    }
    last = version + randomInt(tries + 2);
  }
  throw new TowlineError('UNAVAILABLE', `pod '${place.name}' is being saved by too many at once`, { retryable: true, hint: 'Try again.' });
}

const claimPrefix = (place: At, version: number): string => `claim-${place.where.tagOf(version)}-`;

/** The numbers that are taken or claimed. */
async function numbersOf(place: At, call: CallOptions): Promise<readonly number[]> {
  return (await tagsOf(place.store, call)).flatMap((tag) => place.where.versionOf(tag.replace(/^claim-(.*)-[0-9a-f]{16}$/, '$1')) ?? []);
}

/** Claims a number under a tag that nobody else has. */
async function claimNumber(place: At, version: number, call: CallOptions): Promise<{ readonly tag: string; readonly descriptor: Descriptor }> {
  const tag = `${claimPrefix(place, version)}${randomBytes(8).toString('hex')}`;
  return { tag, descriptor: await pushMark(place.store, { type: CLAIM, tag, about: place.name }, call) };
}

/**
 * An artifact that only says that it is there. Not a byte of it is another's: docker-registry 2.8 answers DIGEST_INVALID when several send a blob or a manifest
 * of one digest at once (seen on 2.8.2, 2026-11).
 */
async function pushMark(store: ArtifactStore, { type, tag, about }: { readonly type: string; readonly tag: string; readonly about: string }, call: CallOptions): Promise<Descriptor> {
  const config = described(`${type}+json`, { about, id: randomBytes(8).toString('hex') });
  const { descriptor, bytes } = described(IMAGE_MANIFEST, { schemaVersion: 2, mediaType: IMAGE_MANIFEST, artifactType: type, config: config.descriptor, layers: [config.descriptor], annotations: { 'org.opencontainers.image.title': about } });
  await store.push(config.descriptor, fromBytes(config.bytes), call);
  await store.push(descriptor, fromBytes(bytes), { ...call, tag });
  return descriptor;
}

/** Of two who claim one number at least one sees the other, because each looks after it has claimed. Whose claim has gone has its version there. */
async function isAlone(place: At, { version, claim }: { readonly version: number; readonly claim: string }, call: CallOptions): Promise<boolean> {
  const tags = await tagsOf(place.store, call);
  if (tags.some((tag) => tag !== claim && tag.startsWith(claimPrefix(place, version)))) return false;
  return !(await versionsOf(place, call)).has(version);
}

async function publish({ pods, name, store, where }: At, about: PodVersion & { readonly digest: string; readonly createdAt: Date }, { state, pieces, ...call }: CallOptions & { readonly state: Source; readonly pieces: readonly MeasuredPiece[] | undefined }): Promise<void> {
  const { config, manifest, layers } = writeManifest(about, pieces);
  await pushState({ store, journal: pods.journal, state }, layers, call);
  await store.push(config.descriptor, fromBytes(config.bytes), call);
  // Named before it is there, so that no version is left out of the list; one that was not saved after all has no versions and is passed over.
  if (!pods.isSingle) await enter(pods, name, call);
  const put = async (): Promise<void> => { await store.push(manifest.descriptor, fromBytes(manifest.bytes), { ...call, tag: where.tagOf(about.version) }); };
  await put().catch(async (error: unknown) => {
    // A registry may have swept what nobody named yet, or was said to be there.
    if (!hasCode(error, 'PRECONDITION_FAILED')) throw error;
    await pushState({ store, journal: pods.journal, state }, layers, call);
    await store.push(config.descriptor, fromBytes(config.bytes), call);
    await put();
  });
  await store.tag(manifest.descriptor, where.tagOf('latest'), call);
}

interface Pushing { readonly store: ArtifactStore; readonly journal: Journal | undefined; readonly state: Source }

/** The layers stand one after the other in the state. What the registry has already is not sent. */
async function pushState({ store, journal, state }: Pushing, layers: readonly Descriptor[], call: CallOptions): Promise<void> {
  let at = 0;
  const stretches = layers.map((layer) => ({ layer, start: at, end: (at += layer.size) }));
  const distinct = [...new Map(stretches.map((one) => [one.layer.digest, one])).values()];
  for await (const _ of concurrently(distinct, { ...call, jobs: JOBS }, async ({ layer, start, end }, signal) => {
    if (!(await store.exists(layer, { signal }))) await pushArtifact(store, { target: layer, source: layers.length === 1 ? state : slice(state, start, end), journal }, { signal });
  }));
}

/** Notes in the base that there is a pod of this name, once. */
async function enter(pods: Pods, name: string, call: CallOptions): Promise<void> {
  const base = await pods.repository('');
  const tag = `${ENTRY_TAG}${name}`;
  if (!(await isTagged(base, tag, call))) await pushMark(base, { type: ENTRY, tag, about: name }, call);
}

async function isTagged(store: ArtifactStore, tag: string, call: CallOptions): Promise<boolean> {
  return await store.resolve(tag, call).then(() => true, (error: unknown) => {
    if (hasCode(error, 'NOT_FOUND')) return false;
    throw error;
  });
}

async function list(pods: Pods, options: CallOptions): Promise<readonly PodSummary[]> {
  const base = await tagsOf(await pods.repository(''), options);
  const names = pods.isSingle ? base.flatMap((tag) => /^([a-zA-Z0-9_][a-zA-Z0-9_-]*)[.-][1-9]\d{0,8}$/.exec(tag)?.[1] ?? []).filter((name) => !name.startsWith('claim-')) : base.filter((tag) => tag.startsWith(ENTRY_TAG)).map((tag) => tag.slice(ENTRY_TAG.length));
  const found: PodSummary[] = [];
  // A tag of somebody else that looks like one of ours hides no pod.
  for (const name of [...new Set(names)].filter((one) => isPodName(one) && (!pods.isSingle || canShare(one))).toSorted()) {
    const place = await at(pods, name);
    const versions = await versionsOf(place, options);
    const maxVersion = Math.max(0, ...versions.keys());
    const tag = versions.get(maxVersion);
    if (tag === undefined) continue;
    const created = await createdOf(place.store, tag, options);
    found.push({ name, maxVersion, ...(created && { lastChange: created }) });
  }
  return found;
}

/** One that is no pod after all does not hide the others. */
async function createdOf(store: ArtifactStore, tag: string, options: CallOptions): Promise<Date | undefined> {
  try {
    return (await readVersion(store, await store.resolve(tag, options), { ...options, tag })).created;
  } catch (error) {
    if (hasCode(error, 'CORRUPT')) return undefined;
    throw error;
  }
}

async function open({ name, store }: At, { version, tag }: { readonly version: number; readonly tag: string }, options: CallOptions): Promise<Pod> {
  const { layers, size, digest, created, about } = await readVersion(store, await store.resolve(tag, options), { ...options, tag });
  const state = sourceOf(store, { layers, size, digest });
  const known = about ?? (await notesOf(state).catch(() => ({ services: [] })));
  return { state, about: { ...(created && { createdAt: created }), ...known, name, version, size, digest } };
}

/** By digest, as registries want it. `latest` goes with its version, and to the one before. */
async function remove(place: At, version: number | undefined, options: CallOptions): Promise<readonly number[]> {
  const { pods, name, store, where } = place;
  const versions = await versionsOf(place, options);
  const numbers = [...versions.keys()].filter((one) => version === undefined || one === version).toSorted((one, other) => one - other);
  if (numbers.length === 0) throw noSuchPod({ name, ...(version !== undefined && { version }) }, { displayUrl: pods.displayUrl, maximum: versions.size === 0 ? undefined : Math.max(...versions.keys()) });
  for (const number of numbers) {
    const target = await store.resolve(versions.get(number) ?? '', options);
    await store.delete(target, options);
  }
  const left = Math.max(0, ...[...versions.keys()].filter((one) => !numbers.includes(one)));
  const tag = versions.get(left);
  if (tag !== undefined) await store.tag(await store.resolve(tag, options), where.tagOf('latest'), options);
  return numbers;
}

function allowed(error: unknown): void {
  if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
}

import { randomInt, randomUUID } from 'node:crypto';
import { hasCode, TowlineError } from '../../errors.ts';
import type { Clock } from '../../runtime.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Entry } from '../../storage/driver.ts';
import { type Path, parsePath } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import type { Storage } from '../../storage/storage.ts';
import type { TransferOptions } from '../../storage/transfer/task.ts';
import { transferOne } from '../../storage/transfer/transfer.ts';
import { verified } from '../../storage/verified.ts';
import { counted, measure } from '../measure.ts';
import { checkPodName, noSuchPod, parseObjectName, stateName, versionName } from '../names.ts';
import type { Pod, PodStore, PodSummary, PodVersion, SaveOptions } from '../pod.ts';
import { notesOf } from '../states/zip/metadata.ts';
import { expectedOf, unfinishedSave } from './unfinished-save.ts';
import { readVersionRecord, writeVersionRecord } from './version-record.ts';

/** The two objects of a version, where they are there. */
interface Found { state?: Entry; record?: Entry }
type Versions = Map<number, Found>;

/** How often a number may be taken by somebody else. */
const MOST_TRIES = 100;

/** What is lent: the clock, and how large states go in parts, noted in a journal, from `partThreshold` bytes on (64 MiB). */
export interface ObjectPodsLent extends Pick<Clock, 'now'>, Pick<TransferOptions, 'journal' | 'partThreshold' | 'wait'> {}
const LARGE = 64 << 20;

/**
 * Pods as LocalStack keeps them in a bucket, on any storage: `localstack-pod-<name>-state-<n>.zip` and, after it, `-version-<n>.zip`. The number belongs to
 * whoever claims it alone. docs/formats/pods.md.
 */
export function createObjectPods(storage: Storage, lent: ObjectPodsLent): PodStore {
  const pods: Pods = { storage, ...lent };
  const { displayUrl } = storage.driver;
  return {
    displayUrl,
    save: async (name, state, options) => await save(pods, { name: checkPodName(name), state }, options),
    async load(name, version, options = {}): Promise<Pod> {
      const all = shown(pods, await versionsOf(pods, checkPodName(name), options));
      const number = version ?? Math.max(...all.keys());
      const found = all.get(number);
      if (found?.state === undefined) throw noSuchPod({ name, ...(version !== undefined && { version }) }, { displayUrl, maximum: all.size === 0 ? undefined : Math.max(...all.keys()) });
      return await open(pods, { name, version: number }, { state: found.state, ...found });
    },
    async versions(name, options = {}) {
      const all = shown(pods, await versionsOf(pods, checkPodName(name), options));
      if (all.size === 0) throw noSuchPod({ name }, { displayUrl });
      return await Promise.all([...all].toSorted(([one], [other]) => one - other).map(async ([version, { state, record }]) => await describe(pods, { name, version }, { ...(state && { state }), ...(record && { record }) })));
    },
    list: async (options = {}) => await list(pods, options),
    delete: async (name, version, options = {}) => await remove(pods, { name: checkPodName(name), version }, options),
    close: async () => { await storage.close(); },
  };
}

interface Pods extends ObjectPodsLent { readonly storage: Storage }
interface Numbered { readonly name: string; readonly version: number }

/** A state without a record is LocalStack's, or of a save that was cut: whole where writes are. Elsewhere only the record tells that it is. */
function shown({ storage }: Pods, versions: Versions): Versions {
  const isWhole = storage.driver.traits.writes === 'atomic';
  return new Map([...versions].filter(([, { state, record }]) => state !== undefined && (isWhole || record !== undefined)));
}

async function versionsOf(pods: Pods, name: string, options: CallOptions): Promise<Versions> {
  return (await scan(pods, `localstack-pod-${name}-`, options)).get(name) ?? new Map();
}

async function scan({ storage }: Pods, startsWith: string, { signal }: CallOptions): Promise<ReadonlyMap<string, Versions>> {
  const all = new Map<string, Versions>();
  for await (const entries of storage.walk(parsePath(''), { startsWith, ...(signal && { signal }) })) {
    for (const entry of entries) {
      const object = parseObjectName(entry.path);
      if (object === undefined) continue;
      const versions = all.get(object.name) ?? new Map<number, Found>();
      all.set(object.name, versions);
      versions.set(object.version, { ...versions.get(object.version), [object.kind === 'state' ? 'state' : 'record']: entry });
    }
  }
  return all;
}

async function list(pods: Pods, options: CallOptions): Promise<readonly PodSummary[]> {
  const all = [...(await scan(pods, 'localstack-pod-', options))].map(([name, versions]) => [name, shown(pods, versions)] as const).filter(([, versions]) => versions.size > 0);
  return all.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, versions]) => {
    const times = [...versions.values()].flatMap(({ state, record }) => [state?.modifiedAt ?? [], record?.modifiedAt ?? []].flat());
    return { name, maxVersion: Math.max(...versions.keys()), ...(times.length > 0 && { lastChange: new Date(Math.max(...times)) }) };
  });
}

async function save(pods: Pods, { name, state }: { readonly name: string; readonly state: Source }, { notes, onBytes, signal, isLayered }: SaveOptions): Promise<PodVersion> {
  if (isLayered === true) throw new TowlineError('UNSUPPORTED', `${pods.storage.driver.displayUrl} keeps each state as one object`, { hint: "'--layered' is for registries: leave it away." });
  const call = { ...(signal && { signal }) };
  const { size, digest } = await measure(state, call);
  const { storage, journal, partThreshold = LARGE } = pods;
  const unfinished = journal && size > partThreshold ? unfinishedSave(journal, storage.driver.displayUrl, { name, size, digest }) : undefined;
  let last = Math.max(0, ...(await versionsOf(pods, name, call)).keys());
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const claim = (tries === 0 ? unfinished?.find() : undefined) ?? { id: randomUUID(), version: last + 1 };
    const about = { ...notes, ...claim, name, size, digest, createdAt: new Date(pods.now()) };
    unfinished?.note(claim);
    const outcome = await take(pods, about, { ...call, state: counted(state, onBytes) });
    if (outcome === 'taken') {
      unfinished?.forget();
      const { id: _id, ...version } = about;
      return version;
    }
    // Who met another goes on a little further each time, so that the same two do not meet again and again.
    last = Math.max(about.version, ...(await versionsOf(pods, name, call)).keys()) + (outcome === 'met' ? randomInt(tries + 2) : 0);
  }
  throw new TowlineError('UNAVAILABLE', `pod '${name}' is being saved by too many at once`, { retryable: true, hint: 'Try again.' });
}

/** 'lost': somebody else has the number; 'met': somebody else wanted it, too, and neither may have it. */
type Outcome = 'taken' | 'lost' | 'met';

/**
 * Stores a version under its number. The number is claimed first by a file that nobody else writes: of two who claim one number at least one sees the other,
 * because each looks after it has claimed; who sees another gives the number up. A claim goes only when the record is there. The state is made only where it is
 * absent, besides, where the storage can do that: most servers of WebDAV look and write in two steps, and others know no conditions at all.
 */
async function take(pods: Pods, about: PodVersion & { readonly id: string }, { state, ...call }: CallOptions & { readonly state: Source }): Promise<Outcome> {
  const { name, version, id } = about;
  const { storage } = pods;
  const driver = storage.require('write', 'delete');
  const prefix = `localstack-pod-${name}-claim-${version}-`;
  const [claim, record, path] = [parsePath(`${prefix}${id}`), parsePath(versionName(name, version)), parsePath(stateName(name, version))];
  const zip = { ...call, contentType: 'application/zip' };
  await storage.writeBytes(claim, Buffer.from(id), call);
  try {
    for await (const entries of storage.walk(parsePath(''), { ...call, startsWith: prefix })) if (entries.some((entry) => entry.path !== claim)) return 'met';
    // Looked for after the claims: whoever's claim has gone has a record.
    if ((await storage.find(record, call)) !== undefined || (await storage.find(path, call)) !== undefined) return 'lost';
    await writeState(pods, about, { ...zip, path, state });
    await storage.writeBytes(record, await writeVersionRecord(about), zip);
    return 'taken';
  } catch (error) {
    if (hasCode(error, 'ALREADY_EXISTS') || hasCode(error, 'PRECONDITION_FAILED')) return 'lost';
    throw error;
  } finally {
    await driver.delete([{ path: claim }], {});
  }
}

/** A large one goes in parts, which can be gone on with; the claim alone keeps others away then. */
async function writeState({ storage, journal, wait, partThreshold = LARGE }: Pods, { size, digest }: Pick<PodVersion, 'size' | 'digest'>, { path, state, ...zip }: CallOptions & { readonly path: Path; readonly state: Source; readonly contentType: string }): Promise<void> {
  const driver = storage.require('write');
  if (journal && size > partThreshold && digest !== undefined && driver.upload) {
    const call = { journal, partThreshold, ...(wait && { wait }), ...(zip.signal && { signal: zip.signal }) };
    const { error } = await transferOne(storage, { source: { ...state, size }, to: path, expected: expectedOf(digest) }, call);
    if (error) throw error;
    return;
  }
  await driver.write(path, state, { ...zip, mode: 'create' }).catch(async (error: unknown) => {
    if (!hasCode(error, 'UNSUPPORTED')) throw error;
    return await driver.write(path, state, zip);
  });
}

async function open(pods: Pods, at: Numbered, found: Found & { readonly state: Entry }): Promise<Pod> {
  const about = await describe(pods, at, found);
  if (found.state.size !== undefined && found.state.size !== about.size) {
    throw new TowlineError('CORRUPT', `the state of pod '${at.name}:${at.version}' on ${pods.storage.driver.displayUrl} has ${found.state.size} bytes where ${about.size} were saved`, { hint: 'Load another version.' });
  }
  const source = pods.storage.source(found.state);
  const sha256 = about.digest?.replace('sha256:', '');
  return { about, state: sha256 === undefined ? source : verified(source, { name: 'sha256', value: sha256 }) };
}

/** What the record says, or what the objects themselves do. */
async function describe({ storage }: Pods, { name, version }: Numbered, { state, record }: Found): Promise<PodVersion> {
  const said = record && (await readVersionRecord(storage.source(record), `'${record.path}' on ${storage.driver.displayUrl}`).catch(foreign));
  if (said) {
    const { id: _id, ...about } = said;
    return { ...about, name, version };
  }
  const notes = state && (await notesOf(storage.source(state)).catch(foreign));
  const time = (record ?? state)?.modifiedAt;
  return { name, version, size: state?.size ?? 0, services: [], ...notes, ...(time !== undefined && { createdAt: new Date(time) }) };
}

/** A zip that is none of ours tells nothing; what cannot be reached is an error. */
function foreign(error: unknown): undefined {
  if (hasCode(error, 'CORRUPT') || hasCode(error, 'INVALID_ARGUMENT')) return undefined;
  throw error;
}

/** States first: a record alone is no version. */
async function remove(pods: Pods, { name, version }: { readonly name: string; readonly version: number | undefined }, call: CallOptions): Promise<readonly number[]> {
  const all = await versionsOf(pods, name, call);
  const { displayUrl } = pods.storage.driver;
  const numbers = [...all.keys()].filter((one) => version === undefined || one === version).toSorted((one, other) => one - other);
  if (numbers.length === 0) throw noSuchPod({ name, ...(version !== undefined && { version }) }, { displayUrl, maximum: all.size === 0 ? undefined : Math.max(...all.keys()) });
  for (const kind of [stateName, versionName]) {
    for await (const { error } of pods.storage.remove(numbers.map((one) => ({ path: parsePath(kind(name, one)) })), call)) if (error) throw error;
  }
  return numbers;
}

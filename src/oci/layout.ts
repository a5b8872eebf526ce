import { dirname, join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { makeFolders } from '../disk/folders.ts';
import { lockFile } from '../disk/lock.ts';
import { nodeDisk } from '../disk/node.ts';
import { openFile } from '../disk/open-range.ts';
import { exists, readFile, sizeOfFile } from '../disk/read.ts';
import { temporaryPath } from '../disk/temporary.ts';
import { TowlineError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { ArtifactStore, Descriptor, FetchOptions, Pushed, PushOptions } from '../storage/artifacts.ts';
import { throwIfAborted } from '../storage/call.ts';
import { wholeContent } from '../storage/content.ts';
import type { Content } from '../storage/driver.ts';
import type { Source } from '../storage/source.ts';
import { absent, clamped, entryOf } from './blobs.ts';
import { algorithmOf, type Digest, isDigest, parseDigest, requireContent, verifiedChunks } from './digest.ts';
import { type LayoutIndex, readIndex, tagOf, withManifest, writeIndex } from './layout-index.ts';
import { LARGEST_MANIFEST, type ManifestFields, mediaTypeOf, parseManifest } from './manifests.ts';
import { isManifestType } from './media-types.ts';
import { checkTag } from './reference.ts';
import { referrerOf, subjectOf } from './referrers.ts';

export interface LayoutLent extends Pick<Runtime, 'wait' | 'env'> {
  /** Default: the real one. */
  readonly disk?: Disk;
}

/** What the verbs work on. */
interface Layout {
  readonly folder: string;
  readonly disk: Disk;
  /** Changes the index, one change after the other, of this process and of others. */
  change(act: (index: LayoutIndex) => LayoutIndex, signal: AbortSignal | undefined): Promise<void>;
}

/** An OCI image layout in a folder: what registries hold, as files. It is made by the first push. */
export function openImageLayout(folder: string, { disk = nodeDisk, wait, env }: LayoutLent): ArtifactStore {
  let last: Promise<unknown> = Promise.resolve();
  const layout: Layout = {
    folder, disk,
    async change(act, signal) {
      const turn = last.then(async () => {
        throwIfAborted(signal);
        const lock = await lockFile(join(folder, 'index.json.lock'), { waitForever: true, runtime: { wait, env }, pidText: 'towline', ...(signal && { signal }) });
        try {
          const before = readIndex(folder) ?? { fields: {}, manifests: [] };
          const after = act(before);
          if (after !== before) writeIndex(disk, folder, after);
        } finally {
          lock.release();
        }
      });
      last = turn.catch(() => undefined);
      await turn;
    },
  };
  return {
    displayUrl: `oci-layout:${folder}`,
    async exists(target, options) {
      throwIfAborted(options?.signal);
      return sizeOfFile(blobPath(layout, target)) === target.size;
    },
    fetch: async (target, options) => fetch(layout, target, options),
    push: async (expected, source, options = {}) => await push(layout, expected, { ...options, source }),
    async resolve(reference, options) {
      throwIfAborted(options?.signal);
      return resolve(layout, reference);
    },
    async tag(target, tag, options) {
      checkTag(tag);
      const bytes = manifestBytes(layout, target);
      await layout.change(({ fields, manifests }) => ({ fields, manifests: withManifest(manifests, described(target, parseManifest(bytes, target.digest)), tag) }), options?.signal);
    },
    async *tags(options) {
      throwIfAborted(options?.signal);
      yield* new Set(readIndex(folder)?.manifests.flatMap((one) => tagOf(one) ?? []));
    },
    async referrers(target, options) {
      algorithmOf(target);
      throwIfAborted(options?.signal);
      return referrers(layout, target).filter((one) => options?.artifactType === undefined || one.artifactType === options.artifactType);
    },
    async delete(target, options) {
      const path = blobPath(layout, target);
      // The name goes first: a crash leaves a file that nobody names, and no name that leads nowhere.
      if (isManifestType(target.mediaType) && readIndex(folder)) {
        await layout.change((index) => ({ ...index, manifests: index.manifests.filter(({ digest }) => digest !== target.digest) }), options?.signal);
      }
      disk.remove(path);
    },
    origin: (target) => ({ kind: 'file', path: blobPath(layout, target) }),
    close: async () => undefined,
  };
}

function blobPath({ folder }: Layout, target: Pick<Descriptor, 'digest' | 'size'>): string {
  algorithmOf(target);
  const { algorithm, hex } = parseDigest(target.digest);
  return join(folder, 'blobs', algorithm, hex);
}

const named = ({ folder }: Layout, reference: string): string => `${reference} of oci-layout:${folder}`;

function fetch(layout: Layout, target: Descriptor, options: FetchOptions = {}): Content {
  throwIfAborted(options.signal);
  const path = blobPath(layout, target);
  const { start, end } = clamped(target, options);
  const where = named(layout, target.digest);
  if (!exists(path)) throw absent(where);
  const file = openFile(path);
  if (file.info.size !== target.size) {
    file.close();
    throw new TowlineError('CORRUPT', `${where} has ${file.info.size} bytes instead of ${target.size}`, { context: { path } });
  }
  const entry = entryOf(target);
  if (start >= end && target.size > 0) {
    file.close();
    return wholeContent(entry, new Uint8Array());
  }
  const chunks = file.read({ start, end, ...(options.signal && { signal: options.signal }) });
  return { entry, body: start === 0 && end === target.size ? verifiedChunks(chunks, target, where) : chunks, cancel: file.close };
}

async function push(layout: Layout, expected: Descriptor, { source, tag, signal }: PushOptions & { readonly source: Source }): Promise<Pushed> {
  throwIfAborted(signal);
  const isManifest = isManifestType(expected.mediaType);
  if (tag !== undefined && !isManifest) throw new TowlineError('INVALID_ARGUMENT', `${expected.digest} is a blob, and only manifests have tags`);
  if (tag !== undefined) checkTag(tag);
  const path = blobPath(layout, expected);
  // Another version of the layout is refused before the first byte.
  readIndex(layout.folder);
  const isThere = sizeOfFile(path) === expected.size;
  if (!isThere) await store(layout, path, { expected, source, signal });
  if (!isManifest) return { how: isThere ? 'present' : 'streamed' };
  const fields = parseManifest(manifestBytes(layout, expected), expected.digest);
  requireParts(layout, fields, expected.digest);
  await layout.change((index) => ({ ...index, manifests: withManifest(index.manifests, described(expected, fields), tag) }), signal);
  return { how: isThere ? 'present' : 'streamed' };
}

/** The file gets its name when it is whole and on the medium. */
async function store({ disk }: Layout, path: string, { expected, source, signal }: { readonly expected: Descriptor; readonly source: Source; readonly signal: AbortSignal | undefined }): Promise<void> {
  const folder = dirname(path);
  makeFolders(disk, folder);
  const temporary = temporaryPath(folder);
  const file = disk.create(temporary);
  try {
    try {
      for await (const chunk of verifiedChunks(source.open(signal && { signal }), expected, `the source of ${expected.digest}`)) {
        throwIfAborted(signal);
        file.write(chunk);
      }
      file.sync();
    } finally {
      file.close();
    }
    disk.rename(temporary, path);
  } catch (error) {
    disk.remove(temporary);
    throw error;
  }
  disk.syncFolder(folder);
}

const described = (target: Descriptor, { artifactType }: ManifestFields): Descriptor => ({ ...target, ...(artifactType !== undefined && { artifactType }) });

function manifestBytes(layout: Layout, target: Descriptor): Uint8Array {
  const bytes = readFile(blobPath(layout, target));
  if (bytes === undefined) throw absent(named(layout, target.digest));
  return bytes;
}

/** As registries do: what a manifest names is there before it, but for its subject. */
function requireParts(layout: Layout, fields: ManifestFields, digest: string): void {
  const { config, layers, manifests } = fields as { readonly config?: Descriptor; readonly layers?: readonly Descriptor[]; readonly manifests?: readonly Descriptor[] };
  for (const part of [...(config ? [config] : []), ...(layers ?? []), ...(manifests ?? [])]) {
    if (sizeOfFile(blobPath(layout, part)) === part.size) continue;
    throw new TowlineError('PRECONDITION_FAILED', `Cannot write ${named(layout, digest)}: it names ${part.digest}, which is not there`, { hint: 'Push its layers and its config first.' });
  }
}

function resolve(layout: Layout, reference: string): Descriptor {
  const index = readIndex(layout.folder);
  if (!isDigest(reference)) {
    checkTag(reference);
    const found = index?.manifests.find((one) => tagOf(one) === reference);
    if (found === undefined) throw absent(named(layout, reference));
    return plain(found);
  }
  const listed = index?.manifests.find(({ digest }) => digest === reference);
  if (listed) return plain(listed);
  return unlisted(layout, reference);
}

/** A part of an index that another program put here stands in no list of its own. */
function unlisted(layout: Layout, digest: Digest): Descriptor {
  const size = sizeOfFile(blobPath(layout, { digest, size: 0 }));
  if (size === undefined || size > LARGEST_MANIFEST) throw absent(named(layout, digest));
  const bytes = manifestBytes(layout, { mediaType: '', digest, size });
  requireContent(bytes, { digest, size }, named(layout, digest));
  return { mediaType: mediaTypeOf(bytes), digest, size };
}

const plain = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });

function referrers(layout: Layout, target: Descriptor): readonly Descriptor[] {
  const seen = new Map<string, Descriptor>();
  for (const one of readIndex(layout.folder)?.manifests ?? []) {
    const bytes = seen.has(one.digest) ? undefined : readFile(blobPath(layout, one));
    if (bytes === undefined) continue;
    const fields = parseManifest(bytes, named(layout, one.digest));
    if (subjectOf(fields)?.digest === target.digest) seen.set(one.digest, referrerOf(plain(one), fields));
  }
  return [...seen.values()];
}

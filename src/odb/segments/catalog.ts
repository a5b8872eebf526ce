import { makeFolders } from '../../disk/folders.ts';
import { readFile } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { digestOf } from '../../oci/digest.ts';
import { IMAGE_MANIFEST } from '../../oci/media-types.ts';
import { checkFormat, FORMAT_TAG, isSegmentTag, readSegmentManifest, segmentTag } from '../../oci/segments/manifest.ts';
import { readSegmentIndex } from '../../oci/segments/segment-index.ts';
import type { ArtifactStore, Descriptor } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import { concurrently } from '../../storage/concurrently.ts';
import { gather } from '../../storage/content.ts';
import type { HashName } from '../hash-info.ts';
import type { MemorySettings } from '../whole-memory.ts';
import type { Segment } from './segment.ts';

/** The segments of one hash. What was read once is kept on disk by its digest: it can never change. */
export interface Catalog {
  /** Those that are listed now. */
  refresh(options?: CallOptions): Promise<readonly Segment[]>;
  /** Those of the last look. */
  known(options?: CallOptions): Promise<readonly Segment[]>;
  /** Whether the repository has been found marked with the format. */
  isMarked(): boolean;
  /** Takes in a segment that was just written. */
  add(segment: Segment, bytes: SegmentBytes): void;
}
export interface SegmentBytes { readonly manifest: Uint8Array; readonly index: Uint8Array }

/** Thirty million objects. */
const LARGEST_INDEX = 2 ** 30;
const JOBS = 8;
/** How often segments are looked for while somebody deletes some. */
const LOOKS = 3;

export function createCatalog(artifacts: ArtifactStore, name: HashName, { folder, disk }: MemorySettings): Catalog {
  const kept = keptIn(`${folder}/segments`, disk);
  const read = new Map<string, Segment | 'none'>();
  let listed: readonly Segment[] | undefined;
  let isMarked = false;
  const look = async (options: CallOptions): Promise<{ readonly segments: readonly Segment[]; readonly haveGone: boolean }> => {
    const tags: string[] = [];
    for await (const tag of artifacts.tags(options)) tags.push(tag);
    checkFormat(tags, artifacts.displayUrl);
    isMarked = tags.includes(FORMAT_TAG);
    const wanted = tags.filter(isSegmentTag);
    const unread = wanted.filter((tag) => !read.has(tag));
    let haveGone = false;
    for await (const [tag, segment] of concurrently(unread, { ...options, jobs: JOBS }, async (one, signal) => [one, await loadSegment({ artifacts, name, kept }, one, { signal })] as const)) {
      if (segment) read.set(tag, segment);
      else haveGone = true;
    }
    return { segments: wanted.flatMap((tag) => segmentOf(read.get(tag))), haveGone };
  };
  const refresh = async (options: CallOptions = {}): Promise<readonly Segment[]> => {
    for (let looks = 1; ; looks++) {
      const { segments, haveGone } = await look(options);
      // What it held may stand in another by now, which was not listed yet. One that is listed for good and is not there holds nobody up.
      if (!haveGone || looks === LOOKS) return (listed = segments);
    }
  };
  return {
    refresh,
    known: async (options) => listed ?? (await refresh(options)),
    isMarked: () => isMarked,
    add(segment, bytes) {
      isMarked = true;
      read.set(segment.tag, segment);
      listed = [...(listed ?? []), segment];
      kept.write(`${segment.tag}.json`, bytes.manifest);
      kept.write(indexFile(segment.manifest.index), bytes.index);
    },
  };
}

const segmentOf = (found: Segment | 'none' | undefined): readonly Segment[] => (found === undefined || found === 'none' ? [] : [found]);
const indexFile = ({ digest }: Descriptor): string => `${digest.slice(digest.indexOf(':') + 1)}.index`;

interface Kept { read(name: string): Uint8Array | undefined; write(name: string, bytes: Uint8Array): void }

function keptIn(folder: string, disk: MemorySettings['disk']): Kept {
  return {
    read: (name) => readFile(`${folder}/${name}`),
    write(name, bytes) {
      makeFolders(disk, folder);
      replaceFile(disk, `${folder}/${name}`, bytes, { durable: false });
    },
  };
}

interface Loading { readonly artifacts: ArtifactStore; readonly name: HashName; readonly kept: Kept }

/** Undefined: it was deleted after it was listed. 'none': it is not for this hash, or somebody else's. */
async function loadSegment(loading: Loading, tag: string, options: CallOptions): Promise<Segment | 'none' | undefined> {
  try {
    return await readSegment(loading, tag, options);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

async function readSegment(loading: Loading, tag: string, options: CallOptions): Promise<Segment | 'none'> {
  const { artifacts, name } = loading;
  const where = `${tag} of ${artifacts.displayUrl}`;
  const bytes = await manifestOf(loading, tag, options);
  const manifest = readSegmentManifest(bytes, where);
  if (manifest === undefined || manifest.hash !== name) return 'none';
  const index = readSegmentIndex(await indexOf(loading, manifest.index, { ...options, where }), `the index of ${where}`);
  for (const { layer, offset, length } of index.records()) {
    const size = manifest.layers[layer]?.size;
    if (size === undefined || offset + length > size) throw new TowlineError('CORRUPT', `the index of ${where} names places that its layers do not have`, { hint: `Delete the tag '${tag}' and push again.` });
  }
  return { tag, target: { mediaType: IMAGE_MANIFEST, digest: digestOf(bytes), size: bytes.byteLength }, manifest, index };
}

async function manifestOf({ artifacts, kept }: Loading, tag: string, options: CallOptions): Promise<Uint8Array> {
  const known = kept.read(`${tag}.json`);
  if (known && segmentTag(known) === tag) return known;
  const bytes = await contentOf(artifacts, await artifacts.resolve(tag, options), options);
  // Whoever moves a tag could else put one segment in the place of another.
  if (segmentTag(bytes) !== tag) throw new TowlineError('CORRUPT', `'${tag}' of ${artifacts.displayUrl} names another manifest than it was made for`, { hint: 'Somebody moved the tag: delete it, and push again what is missing then.' });
  kept.write(`${tag}.json`, bytes);
  return bytes;
}

async function indexOf({ artifacts, kept }: Loading, target: Descriptor, { where, ...options }: CallOptions & { readonly where: string }): Promise<Uint8Array> {
  if (target.size > LARGEST_INDEX) throw new TowlineError('CORRUPT', `the index of ${where} has ${target.size} bytes, which is more than any index has`);
  const known = kept.read(indexFile(target));
  if (known && known.byteLength === target.size && digestOf(known) === target.digest) return known;
  const bytes = await contentOf(artifacts, target, options);
  kept.write(indexFile(target), bytes);
  return bytes;
}

async function contentOf(artifacts: ArtifactStore, target: Descriptor, options: CallOptions): Promise<Uint8Array> {
  const content = await artifacts.fetch(target, options);
  return content.bytes ?? (await gather(content.body, target.size));
}

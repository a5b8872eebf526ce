import { join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { readText } from '../disk/read.ts';
import { replaceFile } from '../disk/replace.ts';
import { TowlineError } from '../errors.ts';
import type { Descriptor } from '../storage/artifacts.ts';
import { isDigest } from './digest.ts';
import { IMAGE_INDEX } from './media-types.ts';
import { isTag } from './reference.ts';

/** What a layout has: its manifests, with a tag or without. What others wrote into the file besides is kept. */
export interface LayoutIndex {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly manifests: readonly Descriptor[];
}

/** The annotation that holds a tag (image spec 1.1, annotations). */
const REF_NAME = 'org.opencontainers.image.ref.name';
const LAYOUT_FILE = 'oci-layout';
const INDEX_FILE = 'index.json';

/** Reads the index; undefined where there is no layout. CORRUPT for what is none, UNSUPPORTED for another version. */
export function readIndex(folder: string): LayoutIndex | undefined {
  const marker = readText(join(folder, LAYOUT_FILE));
  const text = readText(join(folder, INDEX_FILE));
  if (marker === undefined && text === undefined) return undefined;
  const version = marker === undefined ? undefined : json(marker, join(folder, LAYOUT_FILE))['imageLayoutVersion'];
  if (typeof version !== 'string' || !version.startsWith('1.')) throw new TowlineError('UNSUPPORTED', `'${folder}' is not an OCI image layout of version 1`, { hint: "It must hold a file 'oci-layout' that says so." });
  const fields = text === undefined ? {} : json(text, join(folder, INDEX_FILE));
  const manifests = fields['manifests'] ?? [];
  if (!Array.isArray(manifests) || !manifests.every(isDescriptor)) throw damaged(join(folder, INDEX_FILE));
  return { fields, manifests };
}

/** Writes the index in one step. */
export function writeIndex(disk: Disk, folder: string, { fields, manifests }: LayoutIndex): void {
  replaceFile(disk, join(folder, INDEX_FILE), JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, ...fields, manifests }));
  const marker = join(folder, LAYOUT_FILE);
  if (readText(marker) === undefined) replaceFile(disk, marker, '{"imageLayoutVersion":"1.0.0"}');
}

/** The tag of an entry. Names of another form, which some programs write there, are none. */
export function tagOf({ annotations }: Descriptor): string | undefined {
  const name = annotations?.[REF_NAME];
  return name !== undefined && isTag(name) ? name : undefined;
}

/** The entries with this manifest among them, under this tag alone where it gets one. */
export function withManifest(manifests: readonly Descriptor[], { mediaType, digest, size, artifactType }: Descriptor, tag: string | undefined): readonly Descriptor[] {
  const entry: Descriptor = { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }), ...(tag !== undefined && { annotations: { [REF_NAME]: tag } }) };
  if (tag === undefined) return manifests.some((one) => one.digest === digest) ? manifests : [...manifests, entry];
  // What loses its tag stays; what was there without one now has it.
  const kept = manifests.filter((one) => !(one.digest === digest && one.annotations?.[REF_NAME] === undefined)).flatMap((one) => (tagOf(one) === tag ? untagged(one, manifests, digest) : [one]));
  return [...kept, entry];
}

function untagged(one: Descriptor, manifests: readonly Descriptor[], newDigest: string): readonly Descriptor[] {
  const isElsewhere = one.digest === newDigest || manifests.some((other) => other !== one && other.digest === one.digest);
  const { [REF_NAME]: _, ...annotations } = one.annotations ?? {};
  return isElsewhere ? [] : [{ ...one, annotations }];
}

function json(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw damaged(path, cause);
  }
  throw damaged(path);
}

function isDescriptor(value: unknown): value is Descriptor {
  const { mediaType, digest, size } = (value ?? {}) as Partial<Descriptor>;
  return typeof mediaType === 'string' && typeof digest === 'string' && isDigest(digest) && Number.isSafeInteger(size);
}

const damaged = (path: string, cause?: unknown): TowlineError => new TowlineError('CORRUPT', `'${path}' is not what the image layout says it is`, { cause, context: { path } });

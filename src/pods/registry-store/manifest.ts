import { algorithmOf, digestOf } from '../../oci/digest.ts';
import { IMAGE_MANIFEST } from '../../oci/media-types.ts';
import { TowlineError } from '../../errors.ts';
import type { ArtifactStore, Descriptor } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import { gather } from '../../storage/content.ts';
import { stateName } from '../names.ts';
import type { PodVersion } from '../pod.ts';
import type { MeasuredPiece } from './pieces.ts';

export const POD = 'application/vnd.towline.pod.v1';
export const POD_CONFIG = 'application/vnd.towline.pod.config.v1+json';
const ZIP = 'application/zip';
/** A piece of a state. All of them one after the other, in the order of the layers, are the zip. */
export const PIECE = 'application/vnd.towline.pod.piece.v1';
const TITLE = 'org.opencontainers.image.title';
const LARGEST = 4 << 20;

/** What is pushed for a version, besides its state. */
export interface Written { readonly config: { readonly descriptor: Descriptor; readonly bytes: Uint8Array }; readonly manifest: { readonly descriptor: Descriptor; readonly bytes: Uint8Array }; readonly layers: readonly Descriptor[] }

/** The artifact of a version: what is said of it is the config, the state one layer titled as in a bucket, so that ORAS brings the same file, or the pieces it was cut into. docs/formats/pods-oci.md. */
export function writeManifest(about: PodVersion & { readonly digest: string; readonly createdAt: Date }, pieces?: readonly MeasuredPiece[]): Written {
  const title = stateName(about.name, about.version);
  const whole: Descriptor = { mediaType: ZIP, digest: about.digest as Descriptor['digest'], size: about.size, annotations: { [TITLE]: title } };
  const layers = pieces?.map(({ start, end, digest, label }, at): Descriptor => ({ mediaType: PIECE, digest, size: end - start, annotations: { [TITLE]: `${title}.${String(at).padStart(3, '0')}-${label.replace(/[^\w-]+/g, '_').slice(0, 80)}` } })) ?? [whole];
  const created = about.createdAt.toISOString();
  const config = described(POD_CONFIG, {
    name: about.name, version: about.version, created, services: about.services, size: about.size, ...(pieces && { layered: true, digest: about.digest }),
    ...(about.message !== undefined && { message: about.message }), ...(about.author !== undefined && { author: about.author }), ...(about.localstackVersion !== undefined && { localstack_version: about.localstackVersion }),
    ...(about.keyId !== undefined && { key_id: about.keyId }),
  });
  const manifest = described(IMAGE_MANIFEST, {
    schemaVersion: 2, mediaType: IMAGE_MANIFEST, artifactType: POD, config: config.descriptor, layers,
    annotations: { 'org.opencontainers.image.created': created, 'org.opencontainers.image.title': about.name, 'org.opencontainers.image.version': String(about.version), ...(about.message !== undefined && { 'org.opencontainers.image.description': about.message }) },
  });
  return { config, manifest, layers };
}

export function described(mediaType: string, fields: unknown): { readonly descriptor: Descriptor; readonly bytes: Uint8Array } {
  const bytes = Buffer.from(JSON.stringify(fields));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** What a manifest says of a version; `about` only where it is one of ours. */
export interface ReadVersion { /** The state, or the pieces that it is when they stand one after the other. */ readonly layers: readonly Descriptor[]; /** Of the whole. */ readonly size: number; readonly digest: string; readonly created: Date | undefined; readonly about: Omit<PodVersion, 'name' | 'version' | 'size'> | undefined }

/** Reads a version by what `tag` names: ours, or what ORAS pushed: any artifact with a zip among its layers. Throws CORRUPT for one without. */
export async function readVersion(store: ArtifactStore, target: Descriptor, { tag, ...call }: CallOptions & { readonly tag: string }): Promise<ReadVersion> {
  const manifest = await readJson(store, target, call);
  const place = `${store.displayUrl}:${tag}`;
  const layers = (Array.isArray(manifest['layers']) ? manifest['layers'] : []).filter(isDescriptor);
  const created = new Date(textOf(mapOf(manifest['annotations'])['org.opencontainers.image.created']));
  const config = manifest['config'];
  const said = manifest['artifactType'] === POD && isDescriptor(config) && config.mediaType === POD_CONFIG ? await readJson(store, config, call) : undefined;
  const state = said?.['layered'] === true ? layered(layers, said, place) : stateIn(layers, place);
  return { ...state, created: Number.isNaN(created.getTime()) ? undefined : created, about: said && aboutOf(said) };
}

function stateIn(layers: readonly Descriptor[], place: string): Pick<ReadVersion, 'layers' | 'size' | 'digest'> {
  const zips = layers.filter(({ mediaType, annotations }) => mediaType === ZIP || /\.zip$/.test(annotations?.[TITLE] ?? ''));
  const layer = zips.find(({ annotations }) => /-?state-\d+\.zip$/.test(annotations?.[TITLE] ?? '')) ?? zips[0];
  if (layer === undefined) throw new TowlineError('CORRUPT', `${place} holds no state: none of its layers is a zip`, { hint: 'It is something else than a pod.' });
  return { layers: [layer], size: layer.size, digest: layer.digest };
}

/** The pieces must be what the config says of the whole, which is checked once more while it is read. */
function layered(layers: readonly Descriptor[], { size, digest }: Readonly<Record<string, unknown>>, place: string): Pick<ReadVersion, 'layers' | 'size' | 'digest'> {
  for (const piece of layers) algorithmOf(piece);
  if (!layers.every(({ mediaType }) => mediaType === PIECE) || layers.reduce((sum, piece) => sum + piece.size, 0) !== size || typeof size !== 'number' || !/^sha256:[0-9a-f]{64}$/.test(textOf(digest))) {
    throw new TowlineError('CORRUPT', `${place} is not the pieces of a state that it says it is`, { hint: 'Load another version.' });
  }
  return { layers, size, digest: textOf(digest) };
}

async function readJson(store: ArtifactStore, target: Descriptor, call: CallOptions): Promise<Readonly<Record<string, unknown>>> {
  const content = await store.fetch(target, call);
  try {
    return mapOf(JSON.parse(Buffer.from(content.bytes ?? (await gather(content.body, LARGEST))).toString()));
  } catch (cause) {
    content.cancel();
    if (cause instanceof SyntaxError) throw new TowlineError('CORRUPT', `${target.digest} of ${store.displayUrl} is no JSON`, { cause });
    throw cause;
  }
}

function aboutOf({ created, services, message, author, localstack_version: localstackVersion, key_id: keyId }: Readonly<Record<string, unknown>>): ReadVersion['about'] {
  const createdAt = new Date(textOf(created));
  return {
    services: Array.isArray(services) ? services.map(textOf) : [], ...(!Number.isNaN(createdAt.getTime()) && { createdAt }),
    ...(textOf(message) !== '' && { message: textOf(message) }), ...(textOf(author) !== '' && { author: textOf(author) }), ...(textOf(localstackVersion) !== '' && { localstackVersion: textOf(localstackVersion) }),
    ...(textOf(keyId) !== '' && { keyId: textOf(keyId) }),
  };
}

const mapOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {});
/** Control characters have no place in what is shown. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value.replace(/[\u0000-\u001f\u007f]+/g, ' ') : '');
const isDescriptor = (value: unknown): value is Descriptor => {
  const { mediaType, digest, size } = mapOf(value);
  return typeof mediaType === 'string' && typeof digest === 'string' && typeof size === 'number';
};

import assert from 'node:assert/strict';
import type { ArtifactStore, Descriptor, FetchOptions } from '../../storage/artifacts.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import { gather } from '../../storage/content.ts';
import { type ErrorCode, TowlineError } from '../../errors.ts';
import { digestOf } from '../digest.ts';
import { EMPTY_CONFIG, IMAGE_INDEX, IMAGE_MANIFEST } from '../media-types.ts';

export const OCTETS = 'application/octet-stream';
const MOST = 256 << 20;

export const describeBytes = (bytes: Uint8Array, mediaType: string = OCTETS): Descriptor => ({ mediaType, digest: digestOf(bytes), size: bytes.byteLength });

/** A manifest and what names it. */
export interface Made { readonly bytes: Uint8Array; readonly descriptor: Descriptor }
export interface ManifestParts { readonly layers?: readonly Descriptor[]; readonly artifactType?: string; readonly subject?: Descriptor; readonly note?: string }

/** An artifact's manifest as the image spec 1.1 has it. */
export function makeManifest({ layers = [EMPTY_CONFIG], artifactType = 'application/vnd.example.test.v1', subject, note = '' }: ManifestParts = {}): Made {
  return made({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, artifactType, config: EMPTY_CONFIG, layers, ...(subject && { subject }), annotations: { 'com.example.note': note } }, IMAGE_MANIFEST);
}

export const makeIndex = (manifests: readonly Descriptor[]): Made => made({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests }, IMAGE_INDEX);

function made(value: object, mediaType: string): Made {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, descriptor: describeBytes(bytes, mediaType) };
}

/** Pushes bytes as a blob. */
export async function pushBytes(store: ArtifactStore, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = describeBytes(bytes);
  await store.push(descriptor, fromBytes(bytes));
  return descriptor;
}

/** Pushes a manifest with the empty config it needs. */
export async function pushMade(store: ArtifactStore, { bytes, descriptor }: Made, tag?: string): Promise<Descriptor> {
  await store.push(EMPTY_CONFIG, fromBytes(Buffer.from('{}')));
  await store.push(descriptor, fromBytes(bytes), tag === undefined ? {} : { tag });
  return descriptor;
}

export async function readBack(store: ArtifactStore, target: Descriptor, options?: FetchOptions): Promise<Uint8Array> {
  const content = await store.fetch(target, options);
  return content.bytes ?? (await gather(content.body, MOST));
}

export async function expectBytes(store: ArtifactStore, target: Descriptor, wanted: Uint8Array): Promise<void> {
  same(await readBack(store, target), wanted);
}

export function same(found: Uint8Array, wanted: Uint8Array): void {
  assert.ok(Buffer.from(found).equals(wanted), `${found.byteLength} bytes were found, other than the ${wanted.byteLength} that should be there`);
}

export async function expectCode(work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof TowlineError, `it fails with an error that is not ours: ${String(error)}`);
    assert.ok(codes.includes(error.code), `it fails with ${error.code} instead of ${codes.join(' or ')}: ${error.message}`);
    return true;
  });
}

export async function allOf<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** A source that fails as soon as it shall give the byte at `after`. */
export function breakingAt(bytes: Uint8Array, after: number): Source {
  return {
    size: bytes.byteLength,
    async *open({ start = 0, end = bytes.byteLength } = {}) {
      if (start < after) yield bytes.slice(start, Math.min(end, after));
      if (end > after) throw new Error('the source broke');
    },
  };
}

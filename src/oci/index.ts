export { type Digest, digestOf, isDigest } from './digest.ts';
export { openImageLayout, type LayoutLent } from './layout.ts';
export { EMPTY_CONFIG, EMPTY_JSON, IMAGE_INDEX, IMAGE_MANIFEST, isManifestType } from './media-types.ts';
export { parseReference, type Reference, type Repository } from './reference.ts';
export { openRegistryStore, type RegistryLent, type RegistrySettings } from './store.ts';
export type { ArtifactReader, ArtifactStore, ArtifactWriter, Descriptor, FetchOptions, Pushed, PushOptions, ReferrersOptions } from '../storage/artifacts.ts';

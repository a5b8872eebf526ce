import type { Descriptor } from '../storage/artifacts.ts';

export const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json';
export const EMPTY_JSON = 'application/vnd.oci.empty.v1+json';

/** The last one never came out of its release candidate, but registries hold some: it is read, and written nowhere. */
const MANIFESTS: readonly string[] = [
  IMAGE_MANIFEST, IMAGE_INDEX, 'application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.artifact.manifest.v1+json',
];

/** Whether content of this type is kept among the manifests of a repository and not among its blobs. */
export const isManifestType = (mediaType: string): boolean => MANIFESTS.includes(mediaType);

/** Without it docker-registry 2.8 answers 404 for every OCI manifest (seen on 2.8.2, 2026-11). */
export const ACCEPT_MANIFESTS: readonly [name: string, value: string] = ['accept', MANIFESTS.join(', ')];

/** The two bytes `{}` that stand for a config where an artifact has none (image spec 1.1). */
export const EMPTY_CONFIG: Descriptor = { mediaType: EMPTY_JSON, digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 };

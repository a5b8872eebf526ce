/** What single registries do otherwise than the specification lets expect. A row, a link, and when it was read. */
export interface Profile {
  readonly name: string;
  readonly hosts: RegExp;
  /** Bytes in one chunk of an upload in chunks; 'never': only whole blobs are sent. */
  readonly chunk: number | 'never';
  /** A blob above this size is sent in chunks. */
  readonly chunksAbove: number;
  /** False: what the registry says it has of an upload is not to be relied on. */
  readonly saysWhatItHas: boolean;
  /** What to do next, by the verb that failed and the status of the answer. */
  readonly hints: Readonly<Record<string, string>>;
  readonly seen: string;
}

const MiB = 1024 * 1024;
const ORDINARY: Omit<Profile, 'name' | 'hosts' | 'seen'> = { chunk: 32 * MiB, chunksAbove: 512 * MiB, saysWhatItHas: true, hints: {} };

const ROWS: readonly Profile[] = [
  {
    ...ORDINARY, name: 'Docker Hub', hosts: /^registry-1\.docker\.io$/,
    hints: { 'delete 405': 'Docker Hub does not delete by this protocol: delete the tag on hub.docker.com.', 'read 429': 'Docker Hub counts pulls: log in, or wait.', 'write 401': 'Names on Docker Hub are USER/REPOSITORY.' },
    seen: 'https://github.com/docker/hub-feedback/issues/2360, 2026-11',
  },
  {
    // The limit is inclusive by its own text; a larger PATCH is answered 416. One PUT takes gigabytes, so it is preferred.
    ...ORDINARY, name: 'GitHub', hosts: /^(?:.+\.)?ghcr\.io$/, chunk: 4 * MiB, chunksAbove: 8 * 1024 * MiB,
    hints: { 'delete 405': "GitHub does not delete by this protocol: delete the version on the package's page, or by the Packages API." },
    seen: 'https://github.com/krustlet/oci-distribution/issues/35, https://github.com/containers/skopeo/issues/1880, 2026-11',
  },
  {
    // Chunks are 5 to 10 MiB; `Range` in answers to PATCH stays where it was; an empty closing PUT is answered 500, so the last chunk always closes.
    ...ORDINARY, name: 'Amazon ECR', hosts: /^(?:\d+\.dkr[.-]ecr(?:-fips)?[.-].*\.(?:amazonaws\.com(?:\.cn)?|on\.aws)|public\.ecr\.aws)$/, chunk: 10 * MiB, saysWhatItHas: false,
    hints: {
      'write 404': 'Amazon ECR makes no repository by itself: aws ecr create-repository --repository-name NAME.',
      'write 405': 'Amazon ECR takes some 500 layers in one manifest.',
      'read 401': "Tokens of ECR last twelve hours: aws ecr get-login-password, with 'AWS' as the user.",
    },
    seen: 'https://github.com/aws/containers-roadmap/issues/2831, https://github.com/cirruslabs/tart/issues/890, 2026-11',
  },
  { ...ORDINARY, name: 'Google', hosts: /^(?:(?:.+\.)?gcr\.io|.+-docker\.pkg\.dev)$/, chunk: 'never', seen: 'https://github.com/oras-project/rust-oci-client/pull/177, 2026-11' },
  { ...ORDINARY, name: 'Azure', hosts: /\.azurecr\.(?:io|cn|us)$/, chunk: 4 * MiB, seen: 'https://learn.microsoft.com/azure/container-registry/container-registry-skus, 2026-11' },
  // One PUT of more than 20 GB is refused.
  { ...ORDINARY, name: 'Quay', hosts: /^quay\.io$/, chunksAbove: 16 * 1024 * MiB, hints: { 'write 415': "Quay of one's own takes only listed media types: set FEATURE_GENERAL_OCI_SUPPORT." }, seen: 'https://github.com/oras-project/oras-py/issues/137, 2026-11' },
  // Of an upload in chunks only the last one was kept.
  { ...ORDINARY, name: 'JFrog', hosts: /\.jfrog\.io$/, chunk: 'never', seen: 'https://github.com/wasmCloud/wasmCloud/issues/3405, 2026-11' },
];

const ANY: Profile = { ...ORDINARY, name: 'any', hosts: /(?:)/, seen: 'https://github.com/opencontainers/distribution-spec, 2026-11' };

/** The row of a host; its port does not count. */
export function profileOf(host: string): Profile {
  const name = host.replace(/:\d+$/, '');
  return ROWS.find(({ hosts }) => hosts.test(name)) ?? ANY;
}

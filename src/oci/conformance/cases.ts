import { blobCases } from './blob-cases.ts';
import type { ArtifactCase } from './case.ts';
import { manifestCases } from './manifest-cases.ts';

/** Every promise of `ArtifactStore`, as data: run on registries of every kind, and on the layout on disk. */
export const artifactCases: readonly ArtifactCase[] = [...blobCases, ...manifestCases];

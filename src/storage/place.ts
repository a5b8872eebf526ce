import type { ArtifactStore } from './artifacts.ts';
import type { Packing } from './definition.ts';
import type { Storage } from './storage.ts';

/** What a remote turns out to be. Asked in two places only: `odb/open.ts` and `pods/open.ts`. */
export type Place =
  | { readonly kind: 'storage'; readonly storage: Storage }
  | { readonly kind: 'registry'; readonly artifacts: ArtifactStore; readonly packing: Packing };

import type { ArtifactStore } from '../../storage/artifacts.ts';
import type { Packing } from '../../storage/definition.ts';
import type { Journal } from '../../storage/transfer/journal.ts';
import type { HashName } from '../hash-info.ts';
import type { MemorySettings } from '../whole-memory.ts';
import type { Catalog } from './catalog.ts';

/** What the objects of one hash in a repository are made of. */
export interface SegmentPlace {
  readonly artifacts: ArtifactStore;
  readonly packing: Packing;
  readonly name: HashName;
  readonly memory: MemorySettings;
  readonly catalog: Catalog;
  /** Where uploads of large objects are noted, so that another process can go on with them. */
  readonly journal?: Journal | undefined;
}

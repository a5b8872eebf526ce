import type { ArtifactStore } from '../../storage/artifacts.ts';

/** What a case may use beside the store. */
export interface Tools {
  /** The same repository once more, as another process would see it. */
  reopen(): Promise<ArtifactStore>;
  /** Another repository of the same service. */
  other(): Promise<ArtifactStore>;
  /** Ends the case as not applicable here, with the reason. */
  skip(reason: string): never;
}
/** One promise of `ArtifactStore`, as data. Each gets an empty repository of its own. */
export interface ArtifactCase {
  /** 'verb: a statement'. */
  readonly name: string;
  run(store: ArtifactStore, tools: Tools): Promise<void>;
}

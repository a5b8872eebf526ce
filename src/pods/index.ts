export { type HolderKind, openHolder, type OpenHolder, openLocalStack, type PodsLent, type Whose } from './holders.ts';
export type { Pod, PodNotes, PodStore, PodSummary, PodVersion, SaveOptions } from './pod.ts';
export { MERGE_STRATEGIES, type MergeStrategy, type PutOptions, type StateChange, type StateHolder, type TakenState, type TakeOptions } from './state.ts';
export { type StateMetadata } from './states/zip/metadata.ts';
export type { LocalStackRuntime } from './states/localstack/runtime.ts';
export { diffStates } from './verbs/diff.ts';
export { inspectState, type StateContents, type StateUnit } from './verbs/inspect-state.ts';
export { type Loaded, loadPod, type LoadRequest } from './verbs/load.ts';
export { savePod, type SaveRequest } from './verbs/save.ts';

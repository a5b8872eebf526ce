import { type Downloads, fetchState } from '../fetch-state.ts';
import type { Disk } from '../../disk/disk.ts';
import type { PodStore, PodVersion } from '../pod.ts';
import type { PutOptions, StateChange, StateHolder } from '../state.ts';

export interface LoadRequest extends PutOptions {
  readonly name: string;
  /** The latest where it is not said. */
  readonly version?: number | undefined;
  readonly disk: Disk;
  readonly scratch: string;
  /** Where a large state gathers, so that another process can go on with it. Without it each load begins anew. */
  readonly downloads?: Downloads;
}
export interface Loaded { readonly about: PodVersion; readonly changes: readonly StateChange[] }

/** Brings a version of a pod to whoever holds a state. It is fetched whole and verified before anything changes. */
export async function loadPod(store: PodStore, holder: StateHolder, request: LoadRequest): Promise<Loaded> {
  const { name, version, disk, scratch, downloads, ...put } = request;
  const call = put.signal === undefined ? {} : { signal: put.signal };
  const { about, state } = await store.load(name, version, call);
  const spool = await fetchState({ about, state }, { disk, folder: scratch, downloads, ...call });
  try {
    return { about, changes: await holder.put(spool.zip, put) };
  } finally {
    spool.dispose();
  }
}

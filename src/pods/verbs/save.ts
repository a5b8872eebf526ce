import type { CallOptions } from '../../storage/call.ts';
import type { PodStore, PodVersion } from '../pod.ts';
import type { StateHolder } from '../state.ts';

export interface SaveRequest extends CallOptions {
  readonly name: string;
  readonly message?: string | undefined;
  readonly author?: string | undefined;
  readonly services?: readonly string[] | undefined;
  readonly isLayered?: boolean;
  readonly onBytes?: (bytes: number) => void;
}

/** Takes a state and stores it as the next version of a pod. */
export async function savePod(holder: StateHolder, store: PodStore, request: SaveRequest): Promise<PodVersion> {
  const { name, message, author, services, isLayered, onBytes, signal } = request;
  const call = signal === undefined ? {} : { signal };
  const { zip, notes, dispose } = await holder.take({ ...call, ...(services && { services }) });
  try {
    return await store.save(name, zip, { ...call, notes: { ...notes, ...(message !== undefined && { message }), ...(author !== undefined && { author }) }, ...(isLayered === true && { isLayered }), ...(onBytes && { onBytes }) });
  } finally {
    await dispose();
  }
}

import { hasCode } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { RemoteException } from './errors.ts';
import type { NameNode } from './name-node.ts';

/** The name node lets go of files whose writer it has not heard of for a while; this is how it hears. */
export interface Lease {
  /** Who writes, the same for all files of this remote. */
  readonly clientName: string;
  /** Keeps the lease alive until what comes back is called. */
  hold(): () => void;
}

/** Another writer may take a file over after 60 s of silence, the name node closes it after 20 minutes; Hadoop's own client renews as often. */
const RENEW_MS = 30_000;

/** One lease for all files that are being written; renewed only while there are any. */
export function createLease(nameNode: NameNode, { wait, randomBytes }: Pick<Runtime, 'wait' | 'randomBytes'>): Lease {
  const clientName = `towline_${Buffer.from(randomBytes(12)).toString('hex')}`;
  let holders = 0;
  let stop: AbortController | undefined;

  const renew = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await wait(RENEW_MS, signal);
      // One that fails is tried again in time: the limit is twice as long at least.
      await nameNode.call('renewLease', { clientName }, signal).catch((error: unknown) => {
        if (!(error instanceof RemoteException) && !hasCode(error, 'UNAVAILABLE') && !hasCode(error, 'TIMEOUT')) throw error;
      });
    }
  };
  return {
    clientName,
    hold() {
      holders += 1;
      if (stop === undefined) {
        stop = new AbortController();
        // It ends by being stopped; a fault of any other kind is met by the writers themselves.
        renew(stop.signal).catch(() => undefined);
      }
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        holders -= 1;
        if (holders > 0) return;
        stop?.abort();
        stop = undefined;
      };
    },
  };
}

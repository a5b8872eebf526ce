import type { AccessToken } from '../../http/oauth.ts';
import type { ServiceAccount } from '../../http/service-account.ts';

/** What a file, or the machine, says of who we are. */
export interface Identity {
  readonly fetchToken: (signal?: AbortSignal) => Promise<AccessToken>;
  readonly signer?: ServiceAccount | undefined;
  readonly quotaProject?: string | undefined;
}

/** What gcsfs asks for, which DVC uses: reading, writing and deleting, and the policies of buckets. */
export const SCOPES = ['https://www.googleapis.com/auth/devstorage.full_control'];

import type { AccessToken } from './oauth.ts';
import { createSharedWork } from './shared-work.ts';

/** The access token of one login. */
export interface TokenCache {
  /** The token, if it can be sent now without waiting. */
  current(): string | undefined;
  /** The token, fetched if there is none or it is nearly over. Callers that come together share one fetch, which is given up when all of them have. */
  get(signal?: AbortSignal): Promise<string>;
  /** The service refused `token`: the next `get` fetches another. False when that has happened already, or another was given since. */
  discard(token: string): boolean;
}

/** A token is renewed so long before its end, so that no request is under way with an expired one; a short-lived one at half its life. */
const MARGIN_MILLISECONDS = 120_000;

/** Keeps what `fetchToken` gave until shortly before its end. A failure is not kept. */
export function cacheTokens(fetchToken: (signal: AbortSignal) => Promise<AccessToken>, now: () => number): TokenCache {
  let known: AccessToken | undefined;
  let renewAt = 0;
  const share = createSharedWork<string>();
  const fetchOnce = async (signal: AbortSignal): Promise<string> => {
    const token = await fetchToken(signal);
    const left = token.expiresAt - now();
    renewAt = token.expiresAt - Math.min(MARGIN_MILLISECONDS, left / 2);
    known = token;
    return token.value;
  };
  const current = (): string | undefined => (known && now() < renewAt ? known.value : undefined);
  return {
    current,
    get: async (signal) => current() ?? (await share('', signal, fetchOnce)),
    discard(token) {
      if (known?.value !== token) return false;
      known = undefined;
      return true;
    },
  };
}

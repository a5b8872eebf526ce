import { TowlineError } from '../../errors.ts';
import { redactUrl } from '../../http/redact.ts';
import type { DriveOptions } from './options.ts';

/** Where the service is. */
export interface Hosts {
  /** Origin of the API, uploads included. */
  readonly api: string;
  readonly tokens: string;
  readonly revocation: string;
  readonly loginPage: string;
  /** Whether logins made elsewhere are renewed here as well. */
  readonly renewsAll: boolean;
}

const GOOGLE: Hosts = { api: 'https://www.googleapis.com', tokens: 'https://oauth2.googleapis.com/token', revocation: 'https://oauth2.googleapis.com/revoke', loginPage: 'https://accounts.google.com/o/oauth2/v2/auth', renewsAll: false };

/** Google's addresses, or those of `endpointurl`. Access tokens go there, so a config file from a repository can name Google or this machine only. */
export function hostsOf({ endpointurl }: DriveOptions): Hosts {
  if (endpointurl === undefined) return GOOGLE;
  const url = URL.canParse(endpointurl) ? new URL(endpointurl) : undefined;
  if (url !== undefined && url.pathname === '/' && url.search === '' && url.username === '') {
    if (url.protocol === 'https:' && url.hostname.endsWith('.googleapis.com')) return { ...GOOGLE, api: url.origin };
    if (/^https?:$/.test(url.protocol) && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)) {
      return { api: url.origin, tokens: `${url.origin}/token`, revocation: `${url.origin}/revoke`, loginPage: `${url.origin}/o/oauth2/v2/auth`, renewsAll: true };
    }
  }
  throw new TowlineError('INVALID_CONFIG', `endpointurl: '${redactUrl(endpointurl)}' is neither below https://*.googleapis.com nor a server on this machine`, { hint: "Unset 'endpointurl' of the remote to speak to Google." });
}

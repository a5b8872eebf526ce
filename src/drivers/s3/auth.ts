import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import type { LoginFacts } from './official-credentials.ts';
import type { S3Options } from './options.ts';
import type { Credentials } from './sigv4.ts';

/** Where the credentials of one remote come from. */
export interface Login {
  /** What can sign at `now` without waiting; undefined when `renew` must be asked first. */
  current(now: number): Credentials | 'anonymous' | undefined;
  /** Fetches new credentials. Callers that come together share one fetch. */
  renew(): Promise<Credentials>;
  /** The service calls `credentials` expired. True when others can be had. */
  discard(credentials: Credentials): boolean;
}

/** New credentials are fetched so long before the old ones end, so that no request is under way with expired ones. */
const MARGIN_MILLISECONDS = 120_000;

/**
 * Chooses by botocore's order: options of the remote, the environment (unless the `profile` option is set), then the AWS chain: shared files,
 * roles, SSO, web identity, process, container, instance.
 */
export function createLogin(options: S3Options, facts: LoginFacts, runtime: Runtime): Login {
  if (options.allow_anonymous_login === true) return fixed('anonymous');
  const own = pair(options.access_key_id, options.secret_access_key, { token: options.session_token, names: "'access_key_id' and 'secret_access_key'" });
  if (own) return fixed(own);
  const { env } = runtime;
  const names = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment';
  const lent = options.profile === undefined ? pair(env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY'], { token: env['AWS_SESSION_TOKEN'] ?? env['AWS_SECURITY_TOKEN'], names }) : undefined;
  return lent ? fixed(lent) : fetched(async (isRefresh) => {
    const { fetchOfficialCredentials } = await import('./official-credentials.ts');
    return fetchOfficialCredentials(facts, runtime, { isRefresh });
  });
}

function pair(accessKeyId: string | undefined, secretAccessKey: string | undefined, { token, names }: { readonly token: string | undefined; readonly names: string }): Credentials | undefined {
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) throw new TowlineError('INVALID_CONFIG', `Only one of ${names} is set`, { hint: 'Set both or neither.' });
  return { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) };
}

function fixed(credentials: Credentials | 'anonymous'): Login {
  return {
    current: () => credentials,
    renew: async () => { throw new TowlineError('UNAUTHENTICATED', 'These credentials cannot be renewed', { hint: 'Give new ones.' }); },
    discard: () => false,
  };
}

/** Keeps what `fetchCredentials` gave until it is nearly over, or the service calls it expired. */
export function fetched(fetchCredentials: (isRefresh: boolean) => Promise<Credentials>): Login {
  let known: Credentials | undefined;
  let isRefresh = false;
  let underWay: Promise<Credentials> | undefined;
  const fetchOnce = async (): Promise<Credentials> => {
    try {
      known = await fetchCredentials(isRefresh);
      isRefresh = false;
      return known;
    } finally {
      underWay = undefined;
    }
  };
  return {
    current: (now) => (known && (known.expiresAt ?? Number.POSITIVE_INFINITY) - now > MARGIN_MILLISECONDS ? known : undefined),
    renew: () => (underWay ??= fetchOnce()),
    discard(credentials) {
      if (credentials === known) {
        known = undefined;
        isRefresh = true;
      }
      return true;
    },
  };
}

import { TowlineError } from '../errors.ts';

/** A key, its secret, and the token that temporary ones have beside them. */
export interface KeyCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since 1970; absent: they do not end. */
  readonly expiresAt?: number;
}
/** Credentials that are fetched, and again when they end. */
export interface Fetched<T> {
  /** What can sign at `now` without waiting; undefined when `renew` must be asked first. */
  current(now: number): T | undefined;
  /** Fetches new credentials. Callers that come together share one fetch. */
  renew(): Promise<T>;
  /** The service calls `credentials` expired. True when others can be had. */
  discard(credentials: T): boolean;
}
/** Where the credentials of one remote come from. */
export interface Login extends Omit<Fetched<KeyCredentials>, 'current'> {
  current(now: number): KeyCredentials | 'anonymous' | undefined;
}

/** New credentials are fetched so long before the old ones end, so that no request is under way with expired ones. */
const MARGIN_MILLISECONDS = 120_000;

/** A login that stays as it is. */
export function fixed(credentials: KeyCredentials | 'anonymous'): Login {
  return {
    current: () => credentials,
    renew: async () => { throw new TowlineError('UNAUTHENTICATED', 'These credentials cannot be renewed', { hint: 'Give new ones.' }); },
    discard: () => false,
  };
}

/** Keeps what `fetchCredentials` gave until it is nearly over, or the service calls it expired. */
export function fetched<T extends Pick<KeyCredentials, 'expiresAt'>>(fetchCredentials: (isRefresh: boolean) => Promise<T>): Fetched<T> {
  let known: T | undefined;
  let isRefresh = false;
  let underWay: Promise<T> | undefined;
  const fetchOnce = async (): Promise<T> => {
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

/** Both, or undefined for neither; one alone is INVALID_CONFIG. */
export function keyPair(accessKeyId: string | undefined, secretAccessKey: string | undefined, { token, names }: { readonly token: string | undefined; readonly names: string }): KeyCredentials | undefined {
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) throw new TowlineError('INVALID_CONFIG', `Only one of ${names} is set`, { hint: 'Set both or neither.' });
  return { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) };
}

import { TowlineError } from '../../errors.ts';
import { fetched } from '../../http/login.ts';
import type { Opening } from '../../storage/definition.ts';
import { type Endpoint, isLoopback, isMicrosoft } from './endpoint.ts';
import type { Settings } from './settings.ts';
import { type Header, hmac, type Signable, stringToSign } from './shared-key.ts';

/** What is added to a request so that the service knows who sends it. */
export interface Proof {
  readonly headers: readonly Header[];
  /** As it stands in a URL. */
  readonly query: string;
  /** Milliseconds since 1970; absent: it does not end. */
  readonly expiresAt?: number;
}
/** Proves who sends a request. */
export interface Authorizer {
  /** Says at once what it can say; a token that is nearly over is fetched anew first. One that ends sooner than that from the start is still good for the request it was fetched for. */
  prove(request: Signable, now: number): Proof | Promise<Proof>;
  /** The service calls `proof` expired. True when something else can be had. */
  discard(proof: Proof): boolean;
}

/** Makes the authorizer of a login. Nothing is fetched before the first request. */
export function createAuthorizer({ login, endpoint, connection }: Settings, opening: Opening): Authorizer {
  if (login.kind === 'key') {
    const { account, key } = login;
    return fixed((request) => ({ headers: [['authorization', `SharedKey ${account}:${hmac(key, stringToSign(account, request))}`]], query: '' }));
  }
  if (login.kind === 'anonymous') return fixed(() => ({ headers: [], query: '' }));
  if (login.kind === 'sas') {
    requireSafeWay(endpoint, 'sas_token', { isLent: login.isLent, env: opening.env });
    const { token } = login;
    return fixed(() => ({ headers: [], query: token }));
  }
  requireSafeWay(endpoint, 'the token of an identity', { isLent: true, env: opening.env });
  const tokens = fetched<Proof>(async () => {
    const { fetchToken } = await import('./identity.ts');
    const { text, expiresAt } = await fetchToken(login, endpoint, { ...opening, connect: () => opening.connect(connection) });
    return { headers: [['authorization', `Bearer ${text}`]], query: '', expiresAt };
  });
  return { prove: (_request, now) => tokens.current(now) ?? tokens.renew(), discard: tokens.discard };
}

function fixed(prove: (request: Signable) => Proof): Authorizer {
  return { prove, discard: () => false };
}

interface Way {
  readonly isLent: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What opens something by itself, unlike a signature, is not sent in the open. Where it comes from the environment or an identity it goes to
 * Microsoft's clouds and this machine only, since a remote of a repository that was cloned could name any host; a private cloud is one
 * whose authority the user's own environment names.
 */
function requireSafeWay(endpoint: Endpoint, what: string, { isLent, env }: Way): void {
  if (isLoopback(endpoint) || isMicrosoft(endpoint)) return;
  if (!endpoint.isSecure) throw new TowlineError('INVALID_CONFIG', `${what} would be sent over plain http to ${endpoint.origin}`, { hint: 'Use an https endpoint.' });
  if (isLent && !env['AZURE_AUTHORITY_HOST']) {
    throw new TowlineError('INVALID_CONFIG', `${what} would be sent to ${endpoint.origin}, which is none of Microsoft's clouds`, {
      hint: 'If this is a private cloud of yours, set AZURE_AUTHORITY_HOST to the authority that logs in to it, or use an account_key.',
    });
  }
}

import { TowlineError } from '../../errors.ts';
import type { AccessToken } from '../../http/oauth.ts';
import { redactUrl } from '../../http/redact.ts';
import { type Identity, SCOPES } from './identity.ts';

/** What Google's package is given. */
export interface OfficialFacts {
  readonly path: string;
  readonly now: () => number;
}

/** Where the package does not say how long a token lives. */
const UNSAID_MILLISECONDS = 300_000;
const ADDRESSES = ['token_url', 'token_info_url', 'service_account_impersonation_url', 'revoke_url'];

/**
 * A token of a workload identity, a workforce login or an impersonated service account, by Google's own package. It reads the real environment
 * by itself (AWS_*, HTTPS_PROXY, GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES), runs a program that the file names only where that variable is 1,
 * and has its own way to the net: the exchange of tokens does not take a transport (10.9.1).
 */
export async function fetchOfficialToken(json: Readonly<Record<string, unknown>>, { path, now }: OfficialFacts): Promise<AccessToken> {
  checkAddresses(json, path);
  const { GoogleAuth } = await import('google-auth-library');
  try {
    const client = await new GoogleAuth({ credentials: json, scopes: SCOPES }).getClient();
    const { token } = await client.getAccessToken();
    if (typeof token !== 'string' || token === '') throw new Error('the answer holds no token');
    return { value: token, expiresAt: client.credentials.expiry_date ?? now() + UNSAID_MILLISECONDS };
  } catch (cause) {
    throw unavailable(`the credentials in '${path}'`, cause, "Look at the file with 'gcloud auth login --cred-file', and whether the source it names is there.");
  }
}

/**
 * The file names what is read here (a file, a URL) and where that is sent. One that came with a repository must not send this machine's
 * files to a stranger, so it may only name Google's own services (or this machine).
 */
function checkAddresses(json: Readonly<Record<string, unknown>>, path: string): void {
  for (const name of ADDRESSES) {
    const text = json[name];
    if (text === undefined) continue;
    const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
    const isHere = url !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
    if (url !== undefined && (isHere || (url.protocol === 'https:' && /\.googleapis\.com$/.test(url.hostname)))) continue;
    throw new TowlineError('INVALID_CONFIG', `'${path}' would send what it proves itself with to '${redactUrl(typeof text === 'string' ? text : JSON.stringify(text)).slice(0, 100)}' (${name}), which is not Google's`, { hint: "Make the file anew with 'gcloud iam workload-identity-pools create-cred-config'." });
  }
}

/** The identity that Google gives to its machines, containers and functions; undefined where there is no metadata server. */
export async function machineIdentity(): Promise<Identity | undefined> {
  const { Compute, gcpMetadata } = await import('google-auth-library');
  if (!(await gcpMetadata.isAvailable())) return undefined;
  return {
    async fetchToken() {
      try {
        const client = new Compute();
        const { token } = await client.getAccessToken();
        if (typeof token !== 'string' || token === '') throw new Error('the answer holds no token');
        return { value: token, expiresAt: client.credentials.expiry_date ?? 0 };
      } catch (cause) {
        throw unavailable('this machine from its metadata server', cause, 'Attach a service account to the machine, or set credentialpath of the remote.');
      }
    },
  };
}

function unavailable(who: string, cause: unknown, hint: string): TowlineError {
  if (cause instanceof TowlineError && cause.retryable) return cause;
  const why = cause instanceof Error ? redactUrl(cause.message).replace(/\s+/g, ' ').slice(0, 300) : 'unknown reason';
  return new TowlineError('UNAUTHENTICATED', `Cannot get a token for ${who}: ${why}`, { hint });
}

import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import type { ProfileChoice } from './settings.ts';
import type { Credentials } from './sigv4.ts';

/** What a remote says about the login that AWS's chain is asked for. */
export interface LoginFacts {
  readonly profile: ProfileChoice;
  readonly region: string | undefined;
}
type Provider = (options?: { readonly forceRefresh?: boolean }) => Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string; readonly expiration?: Date }>;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Asks AWS's own chain. It reads the real environment by itself (AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_CREDENTIALS_*, AWS_ENDPOINT_URL_STS
 * and others), so only what a remote can set is passed: profile and files go in as `profile`, `configFilepath` and `filepath`. The profile
 * is always named, else AWS_PROFILE and static keys of the real environment would win over what the caller was lent. Its warning about
 * Node 20 is silenced where the process is owned, in `cli/`: AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true.
 */
export async function fetchOfficialCredentials({ profile, region }: LoginFacts, runtime: Runtime, { isRefresh }: { readonly isRefresh: boolean }): Promise<Credentials> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const { ask } = runtime;
  const provider = defaultProvider({
    profile: profile.name,
    filepath: profile.credentialsFile,
    configFilepath: profile.configFile,
    ignoreCache: true,
    logger: silent,
    ...(region === undefined ? {} : { clientConfig: { region } }),
    ...(ask && { mfaCodeProvider: async (serial: string) => ask({ text: `Code of the MFA device ${serial}`, secret: false }) }),
  }) as Provider;
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await provider(isRefresh ? { forceRefresh: true } : {});
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }), ...(expiration && { expiresAt: expiration.getTime() }) };
  } catch (cause) {
    throw unavailable(profile.name, cause, ask !== undefined);
  }
}

function unavailable(profile: string, cause: unknown, canAsk: boolean): TowlineError {
  const why = cause instanceof Error ? cause.message.replace(/\s+/g, ' ').slice(0, 300) : 'unknown reason';
  const needsCode = !canAsk && /multi-factor|mfa/i.test(why);
  return new TowlineError('UNAUTHENTICATED', `No AWS credentials for profile '${profile}': ${why}`, {
    cause,
    hint: needsCode ? 'This role wants an MFA code: run the command in a terminal.'
      : "Set access_key_id and secret_access_key of the remote, the AWS_* variables, or log in with 'aws configure' or 'aws sso login'.",
  });
}

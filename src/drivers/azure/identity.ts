import { TowlineError } from '../../errors.ts';
import type { Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import { authorityOf, type Endpoint } from './endpoint.ts';
import { type IdentityClient, identityClient } from './identity-client.ts';
import { type IdentityPackage, loadIdentityPackage } from './identity-package.ts';
import type { Excluded, LoginChoice } from './login-choice.ts';

/** Good for the storage of every cloud. https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory */
const SCOPE = 'https://storage.azure.com/.default';

/** How long a program that knows a login may take to say it. */
const PROGRAM_MILLISECONDS = 60_000;

/** An identity's token. */
export interface Token {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}
type IdentityLogin = Extract<LoginChoice, { readonly kind: 'principal' | 'default' }>;
interface Credential {
  getToken(scope: string): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}
/** What is lent, with the way to the net that this remote is configured for. */
export type IdentityOpening = Omit<Opening, 'connect'> & { readonly connect: () => Transport };

/** Asks Microsoft's package for a token. It reads much of the environment by itself; what a remote can set is passed to it. */
export async function fetchToken(login: IdentityLogin, endpoint: Endpoint, opening: IdentityOpening): Promise<Token> {
  const identity = await loadIdentityPackage();
  const transport = opening.connect();
  const { client, failure } = watched(identityClient(transport, opening));
  const ownAuthority = opening.env['AZURE_AUTHORITY_HOST'] || undefined;
  const authorityHost = ownAuthority ?? authorityOf(endpoint);
  // An authority that the user's own environment names need not be one that Microsoft's knows.
  const options: ClientOptions = { httpClient: client, retryOptions: { maxRetries: 0 }, disableInstanceDiscovery: ownAuthority !== undefined, ...(authorityHost && { authorityHost: withScheme(authorityHost) }) };
  try {
    const credential = login.kind === 'default' ? defaultCredential(identity, login.excluded, { options, opening })
      : new identity.ClientSecretCredential(login.tenantId, login.clientId, login.clientSecret, options);
    const token = await credential.getToken(SCOPE);
    if (token === null) throw new Error('there are no credentials');
    return { text: token.token, expiresAt: token.expiresOnTimestamp };
  } catch (cause) {
    throw failed(login, cause, failure());
  } finally {
    await transport.close?.();
  }
}

interface ClientOptions {
  readonly httpClient: IdentityClient;
  readonly retryOptions: { readonly maxRetries: number };
  readonly disableInstanceDiscovery: boolean;
  readonly authorityHost?: string;
}
interface ChainParts {
  readonly options: ClientOptions;
  readonly opening: IdentityOpening;
}

/**
 * The chain that DVC asks, in its order: environment, workload identity, managed identity, Visual Studio Code, az, PowerShell, azd, and a browser where somebody
 * can answer. JavaScript's `DefaultAzureCredential` cannot leave out single ones, so the chain is put together here.
 */
export function defaultCredential(identity: IdentityPackage, excluded: Excluded, { options, opening }: ChainParts): Credential {
  const clientId = opening.env['AZURE_CLIENT_ID'] || undefined;
  // Looked for with one quick question; without it every command on another machine would wait. The option is not in the package's types (4.13.1).
  const managed = { ...options, sendProbeRequest: true, ...(clientId && { clientId }) };
  const program = { processTimeoutInMs: PROGRAM_MILLISECONDS };
  const makers: readonly (() => Credential)[] = [
    ...(excluded.environment ? [] : [() => new identity.EnvironmentCredential(options)]),
    () => new identity.WorkloadIdentityCredential(options),
    ...(excluded.managedIdentity ? [] : [() => new identity.ManagedIdentityCredential(managed)]),
    ...(excluded.visualStudioCode ? [] : [() => new identity.VisualStudioCodeCredential(options)]),
    () => new identity.AzureCliCredential(program),
    () => new identity.AzurePowerShellCredential(program),
    () => new identity.AzureDeveloperCliCredential(program),
    ...(opening.ask ? [() => new identity.InteractiveBrowserCredential(options)] : []),
  ];
  return new identity.ChainedTokenCredential(...makers.flatMap((make) => {
    try {
      return [make()];
    } catch (error) {
      // One that lacks its settings says so when it is made.
      if (error instanceof Error && error.name === 'CredentialUnavailableError') return [];
      throw error;
    }
  }));
}

/** Remembers what failed on the way: the package keeps only its text. */
function watched(inner: IdentityClient): { readonly client: IdentityClient; failure(): TowlineError | undefined } {
  let failure: TowlineError | undefined;
  return {
    failure: () => failure,
    client: {
      async sendRequest(request) {
        try {
          return await inner.sendRequest(request);
        } catch (error) {
          if (error instanceof TowlineError) failure = error;
          throw error;
        }
      },
    },
  };
}

const withScheme = (host: string): string => (/^[a-z]+:\/\//i.test(host) ? host : `https://${host}`);

function failed(login: IdentityLogin, cause: unknown, onTheWay: TowlineError | undefined): TowlineError {
  if (cause instanceof TowlineError) return cause;
  const text = `Authentication to Azure Blob Storage via ${login.words} failed.`;
  const why = cause instanceof Error ? cause.message.replace(/\s+/g, ' ').slice(0, 500) : 'unknown reason';
  if (login.kind === 'principal' && onTheWay) {
    return new TowlineError(onTheWay.code, `${text} (${onTheWay.message})`, { cause, retryable: onTheWay.retryable, ...(onTheWay.hint !== undefined && { hint: onTheWay.hint }) });
  }
  return new TowlineError('UNAUTHENTICATED', `${text} (${why})`, {
    cause,
    hint: login.kind === 'principal' ? 'Check tenant_id, client_id and client_secret of the remote.' : "Log in with 'az login', set the AZURE_* variables of an identity, or set account_key or sas_token of the remote.",
  });
}

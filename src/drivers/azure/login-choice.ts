import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import type { Lent } from './az-config.ts';
import type { ConnectionString } from './connection-string.ts';
import type { AzureOptions } from './options.ts';

/** How a remote logs in. `words` are DVC's name of the way; what is `isLent` came from the environment or a file of az, not from the remote. */
export type LoginChoice = { readonly words: string; readonly isLent: boolean } & (
  | { readonly kind: 'key'; readonly account: string; readonly key: Buffer }
  | { readonly kind: 'sas'; readonly token: string }
  | Principal
  | { readonly kind: 'default'; readonly excluded: Excluded }
  | { readonly kind: 'anonymous' }
);
export interface Principal {
  readonly kind: 'principal';
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}
/** Which of the default credentials are left out. */
export interface Excluded {
  readonly environment: boolean;
  readonly visualStudioCode: boolean;
  readonly managedIdentity: boolean;
}

/** The login that a connection string holds; one without any is for what is open to all, or for an identity beside it. */
export function loginOfString({ account, key, sas, isLent }: ConnectionString & { readonly account: string; readonly isLent: boolean }, options: AzureOptions): LoginChoice {
  const words = 'connection string';
  if (key !== undefined) return keyLogin({ account, key, isLent }, words);
  const token = sas ?? options.sas_token;
  return token === undefined ? { kind: 'anonymous', words, isLent } : sasLogin(token, { words, isLent });
}

interface LoginFacts {
  readonly options: AzureOptions;
  readonly lent: Lent;
  readonly env: Runtime['env'];
}

/** By DVC's order: service principal, account key, SAS, default credentials, nobody; what the remote itself says comes before what is lent. */
export function chooseLogin(account: string, { options, lent, env }: LoginFacts): LoginChoice {
  const filled = (name: string): string | undefined => env[name] || undefined;
  // A secret of the environment completes what the remote says, as in adlfs.
  const parts = [options.tenant_id ?? filled('AZURE_STORAGE_TENANT_ID'), options.client_id ?? filled('AZURE_STORAGE_CLIENT_ID'), options.client_secret ?? filled('AZURE_STORAGE_CLIENT_SECRET')] as const;
  const isOwn = options.client_id !== undefined || options.client_secret !== undefined;
  const whole = principal(parts);
  if (whole && isOwn) return { ...whole, words: PRINCIPAL, isLent: false };
  if (options.account_key !== undefined) return keyLogin({ account, key: options.account_key, isLent: false });
  if (options.sas_token !== undefined) return sasLogin(options.sas_token, { isLent: false });
  if (isOwn) {
    throw new TowlineError('INVALID_CONFIG', `Authentication to Azure Blob Storage via ${PRINCIPAL} failed: tenant_id, client_id and client_secret are wanted, and not all are set`, { hint: 'Set all three, or none.' });
  }
  if (options.allow_anonymous_login === true) return { kind: 'anonymous', words: 'anonymous login', isLent: false };
  // A key that is lent with the name of an account is of no use for another one.
  const isLentForThis = lent.account === undefined || lent.account === account;
  if (whole) return { ...whole, words: PRINCIPAL, isLent: true };
  if (lent.key !== undefined && isLentForThis) return keyLogin({ account, key: lent.key, isLent: true });
  if (lent.sas !== undefined && isLentForThis) return sasLogin(lent.sas, { isLent: true });
  const excluded: Excluded = {
    environment: options.exclude_environment_credential === true,
    visualStudioCode: options.exclude_visual_studio_code_credential === true,
    managedIdentity: options.exclude_managed_identity_credential === true,
  };
  return { kind: 'default', excluded, words: 'default credentials', isLent: true };
}

const PRINCIPAL = 'AD service principal';

function principal([tenantId, clientId, clientSecret]: readonly [tenant: string | undefined, client: string | undefined, secret: string | undefined]): Principal | undefined {
  return tenantId && clientId && clientSecret ? { kind: 'principal', tenantId, clientId, clientSecret } : undefined;
}

function keyLogin({ account, key, isLent }: { readonly account: string; readonly key: string; readonly isLent: boolean }, words = 'account key'): LoginChoice {
  const bytes = Buffer.from(key, 'base64');
  if (bytes.byteLength === 0 || bytes.toString('base64').replace(/=+$/, '') !== key.trim().replace(/=+$/, '')) {
    throw new TowlineError('INVALID_CONFIG', `Authentication to Azure Blob Storage via ${words} failed: the key of the account is not base64`, { hint: "Copy it as a whole from the portal, 'Access keys', or from 'az storage account keys list'." });
  }
  return { kind: 'key', account, key: bytes, words, isLent };
}

function sasLogin(text: string, { words = 'SAS token', isLent }: { readonly words?: string; readonly isLent: boolean }): LoginChoice {
  const token = text.trim().replace(/^\?/, '');
  if (!/(?:^|&)sig=[^&]/.test(token) || /[\s#?/]/.test(token.replaceAll(/%2F/gi, '').replace(/sig=[^&]*/, ''))) {
    throw new TowlineError('INVALID_CONFIG', `Authentication to Azure Blob Storage via ${words} failed: it is not a shared access signature`, { hint: "It looks like 'sv=...&sig=...': the part of a SAS URL behind the '?'." });
  }
  return { kind: 'sas', token, words, isLent };
}

import { TowlineError } from '../../errors.ts';

/** Microsoft's package for identities. */
export type IdentityPackage = typeof import('@azure/identity');

/** Loads it. It is an optional peer: accounts with a key or a SAS do not need it, and it is large. */
export async function loadIdentityPackage(load: () => Promise<IdentityPackage> = async () => await import('@azure/identity')): Promise<IdentityPackage> {
  try {
    return await load();
  } catch (cause) {
    throw new TowlineError('UNSUPPORTED', "Logging in to Azure with an identity needs the package '@azure/identity', which is not installed", {
      cause, hint: 'npm install @azure/identity (or set account_key or sas_token of the remote).',
    });
  }
}

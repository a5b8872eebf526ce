import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identityClient } from './identity-client.ts';
import type { IdentityPackage } from './identity-package.ts';
import { defaultCredential, type IdentityOpening } from './identity.ts';
import type { Excluded } from './login-choice.ts';

const NONE: Excluded = { environment: false, visualStudioCode: false, managedIdentity: false };
const quiet = { env: {} } as IdentityOpening;

/** The chain that is made, by the names of what is in it; one of them says that it lacks its settings. */
function chain(excluded: Excluded, opening: IdentityOpening = quiet): readonly string[] {
  const made: string[] = [];
  const fake = (name: string) => class {
    readonly name = name;
    constructor() {
      if (name === 'WorkloadIdentityCredential') throw Object.assign(new Error('no file'), { name: 'CredentialUnavailableError' });
    }
  };
  const identity = new Proxy({}, {
    get: (_target, name: string) => (name === 'ChainedTokenCredential' ? class { constructor(...sources: { readonly name: string }[]) { made.push(...sources.map((source) => source.name)); } } : fake(name)),
  }) as IdentityPackage;
  const options = { httpClient: identityClient({ send: async () => { throw new Error('nobody asks'); } }, { wait: async () => undefined }), retryOptions: { maxRetries: 0 }, disableInstanceDiscovery: false };
  defaultCredential(identity, excluded, { options, opening });
  return made;
}

describe('the default credentials of Azure', () => {
  it("are those of DVC in its order, without what is not set up here and without the token cache of Microsoft's own programs", () => {
    assert.deepEqual(chain(NONE), ['EnvironmentCredential', 'ManagedIdentityCredential', 'VisualStudioCodeCredential', 'AzureCliCredential', 'AzurePowerShellCredential', 'AzureDeveloperCliCredential']);
  });

  it('leave out each that is excluded', () => {
    assert.ok(!chain({ ...NONE, environment: true }).includes('EnvironmentCredential'));
    assert.ok(!chain({ ...NONE, managedIdentity: true }).includes('ManagedIdentityCredential'));
    assert.ok(!chain({ ...NONE, visualStudioCode: true }).includes('VisualStudioCodeCredential'));
  });

  it('open a browser only where somebody can answer', () => {
    assert.equal(chain(NONE, { ...quiet, ask: async () => '' }).at(-1), 'InteractiveBrowserCredential');
  });
});

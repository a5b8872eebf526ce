import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { loadIdentityPackage } from './identity-package.ts';

describe('the package for identities', () => {
  it('is asked for in one line when it is missing', async () => {
    await assert.rejects(loadIdentityPackage(async () => { throw new Error('Cannot find package'); }), (error) => hasCode(error, 'UNSUPPORTED') && error.hint?.startsWith('npm install @azure/identity') === true);
  });

  it('is there for those who develop this one', async () => {
    assert.equal(typeof (await loadIdentityPackage()).ClientSecretCredential, 'function');
  });
});

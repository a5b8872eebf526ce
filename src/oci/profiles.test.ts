import assert from 'node:assert/strict';
import { it } from 'node:test';
import { registryError } from './errors.ts';
import { profileOf } from './profiles.ts';

it('a host finds its row, and one that only looks like it does not', () => {
  const names: Readonly<Record<string, string>> = {
    'registry-1.docker.io': 'Docker Hub', 'ghcr.io': 'GitHub', 'evilghcr.io': 'any', 'ghcr.io.evil.example': 'any',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com': 'Amazon ECR', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn': 'Amazon ECR', 'public.ecr.aws': 'Amazon ECR',
    'eu.gcr.io': 'Google', 'gcr.io': 'Google', 'europe-west1-docker.pkg.dev': 'Google', 'team.azurecr.io': 'Azure', 'quay.io': 'Quay', 'team.jfrog.io': 'JFrog', 'localhost:5000': 'any',
  };

  for (const [host, name] of Object.entries(names)) assert.equal(profileOf(host).name, name, host);
});

it('each row says where it was read and when', () => {
  for (const host of ['registry-1.docker.io', 'ghcr.io', 'public.ecr.aws', 'gcr.io', 'a.azurecr.io', 'quay.io', 'a.jfrog.io', 'other.example']) assert.match(profileOf(host).seen, /^https:\/\/\S+(, https:\/\/\S+)*, 20\d\d-\d\d$/);
});

it('a refusal says what to do at just this registry', async () => {
  const response = { status: 405, url: new URL('https://ghcr.io/v2/'), header: () => undefined, headers: () => [], body: (async function* () { yield Buffer.from('{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}'); })(), cancel: () => undefined };

  const error = await registryError(response, { verb: 'delete', where: 'sha256:0 of oci://ghcr.io/a/b', now: 0, profile: profileOf('ghcr.io') });

  assert.deepEqual([error.code, error.retryable, error.message], ['UNSUPPORTED', false, 'Cannot delete sha256:0 of oci://ghcr.io/a/b: the registry does not offer it (UNSUPPORTED: The operation is unsupported.)']);
  assert.match(error.hint ?? '', /Packages API/);
});

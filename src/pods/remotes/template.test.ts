import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../../errors.ts';
import { podPlace } from './place.ts';
import { filledIn, holdsSecret, parsePodUrl, shownPodUrl } from './template.ts';

test('placeholders are filled in from the environment, and with any character', () => {
  const env = { ORAS_USERNAME: 'me', oras_password: 'p/w:@?#%', HOST_NAME: 'registry.example.com', AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'a/b+c=&' };

  assert.deepEqual(podPlace('oras://{oras_username}:{oras_password}@{host_name}/team/pods', env), { kind: 'registry', host: 'registry.example.com', base: 'team/pods', user: 'me', password: 'p/w:@?#%', isSingle: false });
  assert.deepEqual(podPlace('oci://{env:HOST_NAME}/team?repo=single&plain_http=false', env), { kind: 'registry', host: 'registry.example.com', base: 'team', plainHttp: false, isSingle: true });
  const place = podPlace('s3://bucket/pre/fix/?access_key_id={access_key_id}&secret_access_key={secret_access_key}&session_token={session_token}', env);
  assert.ok(place.kind === 'storage');
  assert.deepEqual([place.remote.url, ...[...place.remote.settings].map(([key, { value }]) => `${key}=${value}`)], ['s3://bucket/pre/fix', 'access_key_id=AK', 'secret_access_key=a/b+c=&']);
});

test('a host with a port, or an address, is where S3 is spoken', () => {
  for (const [url, endpoint] of [['s3://127.0.0.1:4566/pods/x', 'http://127.0.0.1:4566'], ['s3://host.docker.internal/pods/x', 'http://host.docker.internal']] as const) {
    const place = podPlace(url, {});
    assert.ok(place.kind === 'storage');
    assert.deepEqual([place.remote.url, place.remote.settings.get('endpointurl')?.value], ['s3://pods/x', endpoint]);
  }
});

test('what has no value is an error, but for a login, which may be found elsewhere', () => {
  assert.equal(filledIn('{access_key_id}', {}), undefined);
  assert.equal(filledIn('a{{b}}c', {}), 'a{b}c');
  assert.throws(() => filledIn('{env:NOT_THERE}', {}), (error) => hasCode(error, 'INVALID_CONFIG'));
});

test('a secret is found and not shown, whatever stands beside it', () => {
  for (const url of ['oras://u:hunter2@host/x', 'oras://u:hunter2{env:X}@host/x', 's3://b/?secret_access_key=hunter2', 's3://b/?secret_access_key=hunter2{x}', 'ssh://h/p?password=hunter2{x}']) {
    assert.equal(holdsSecret(url), true, url);
    assert.ok(!shownPodUrl(url).includes('hunter2'), shownPodUrl(url));
  }
  for (const url of ['oras://{oras_username}:{oras_password}@host/x', 's3://b/?secret_access_key={secret_access_key}', 's3://b/p', 'oras://host:5000/x']) {
    assert.equal(holdsSecret(url), false, url);
    assert.equal(shownPodUrl(url), url);
  }
});

test('a password that is not written as a URL wants it is refused and not repeated', () => {
  for (const url of ['oras://u:hun/ter2@host/x', 'oras://u:hun?ter2@host/x', 'oras://u:hun@ter2@host/x', 'oras://u:hun#ter2@host/x']) {
    assert.throws(() => parsePodUrl(url), (error) => hasCode(error, 'INVALID_ARGUMENT') && !error.message.includes('ter2') && !error.message.includes('hun'), url);
  }
  assert.equal((podPlace('oras://u:hun%2Fter2@host/x', {}) as { readonly password?: string }).password, 'hun/ter2');
});

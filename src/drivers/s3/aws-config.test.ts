import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { parseAwsFile, parseSize, profileEndpoint, profileSection, transferSettings } from './aws-config.ts';
import type { S3Options } from './options.ts';
import { options as table } from './options.ts';
import { readSettings } from './settings.ts';

const CONFIG = `# a comment
[default]
region = eu-west-1   ; trailing
[profile lab]
region=eu-north-1
ca_bundle = /etc/lab.pem
services = lab-services
s3 =
    addressing_style = virtual
    multipart_threshold = 24MiB
    multipart_chunksize = 8MB
  max_concurrent_requests = 20
  use_accelerate_endpoint = true
output = json
[services lab-services]
s3 =
  endpoint_url = https://lab.example
`;
const folder = mkdtempSync(join(tmpdir(), 'towline-aws-config-'));
const file = join(folder, 'config');
writeFileSync(file, CONFIG);
const initial = Object.fromEntries(Object.entries(table).map(([key, option]) => [key, option.initial])) as unknown as S3Options;
const settings = (options: Partial<S3Options>, env: Record<string, string> = {}): ReturnType<typeof readSettings> => readSettings('bucket', { ...initial, configpath: file, ...options }, { env, home: folder });

after(() => { rmSync(folder, { recursive: true }); });

describe('the AWS config file', () => {
  it('gives a profile its values, its s3 part and the endpoint of its services', () => {
    const sections = parseAwsFile(CONFIG, 'config');
    const lab = profileSection(sections, 'lab');

    assert.equal(profileSection(sections, 'default')?.values.get('region'), 'eu-west-1');
    assert.equal(lab?.values.get('output'), 'json');
    assert.equal(profileEndpoint(sections, lab), 'https://lab.example');
    assert.deepEqual(transferSettings(lab?.parts.get('s3')), {
      addressingStyle: 'virtual', multipartThreshold: 24 << 20, multipartChunkSize: 8 << 20, maxConcurrentRequests: 20, useAccelerate: true, useDualstack: false, payloadSigning: false,
    });
  });

  it('reads sizes as powers of 1024, with or without the i', () => {
    assert.deepEqual(['8MB', '8MiB', '1kb', '5 GiB', '1TB', '123', '0', '8XB', '-1', ''].map(parseSize), [8 << 20, 8 << 20, 1024, 5 * 1024 ** 3, 1024 ** 4, 123, undefined, undefined, undefined, undefined]);
  });

  it('names the line that it cannot read, and the value that makes no sense', () => {
    assert.throws(() => parseAwsFile('[a]\nnonsense', 'config'), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.startsWith('config:2:'));
    assert.throws(() => transferSettings(new Map([['multipart_threshold', 'lots']])), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.includes("'lots'"));
  });
});

describe('settings', () => {
  it('come from the profile that the option or the environment names', () => {
    assert.equal(settings({}).region, 'eu-west-1');
    assert.equal(settings({ profile: 'lab' }).region, 'eu-north-1');
    assert.equal(settings({}, { AWS_PROFILE: 'lab' }).endpoint.url, 'https://lab.example');
    assert.equal(settings({ profile: 'lab' }).connection.caFile, '/etc/lab.pem');
    assert.equal(settings({ profile: 'lab' }).connection.connections, 20);
  });

  it('prefer options to the environment, and the environment to files', () => {
    const env = { AWS_REGION: 'us-west-2', AWS_ENDPOINT_URL: 'https://all', AWS_ENDPOINT_URL_S3: 'https://s3', AWS_CA_BUNDLE: '/env.pem' };

    assert.deepEqual([settings({}, env).region, settings({}, env).endpoint.url, settings({}, env).connection.caFile], ['us-west-2', 'https://s3', '/env.pem']);
    assert.deepEqual([settings({ region: 'x' }, env).region, settings({ endpointurl: 'https://own' }, env).endpoint.url, settings({ ssl_verify: '/own.pem' }, env).connection.caFile], ['x', 'https://own', '/own.pem']);
    assert.equal(settings({}, { AWS_DEFAULT_REGION: 'sa-east-1' }).region, 'sa-east-1');
  });

  it("let a variable win over configpath and credentialpath, as DVC does", () => {
    const { profile } = settings({ credentialpath: '/option' }, { AWS_SHARED_CREDENTIALS_FILE: '/variable' });

    assert.equal(profile.credentialsFile, '/variable');
    assert.equal(profile.configFile, file);
    assert.equal(readSettings('bucket', initial, { env: {}, home: folder }).profile.configFile, join(folder, '.aws/config'));
  });

  it('carry timeouts and TLS options to the connection', () => {
    assert.deepEqual(settings({ read_timeout: 7, connect_timeout: 3, ssl_verify: false }).connection, { verifyTls: false, connectTimeoutSeconds: 3, idleTimeoutSeconds: 7 });
  });

  it('refuse a profile that is nowhere', () => {
    assert.throws(() => settings({ profile: 'absent' }), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.includes("'absent'"));
  });
});

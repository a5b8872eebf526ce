import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { type EndpointChoice, resolveEndpoint } from './endpoint.ts';
import { profileByHost, profileByAnswer } from './profiles.ts';

const usual: EndpointChoice = { bucket: 'data', region: 'eu-west-1', useSsl: true, style: 'auto', accelerate: false, dualstack: false };
const rows: readonly (readonly [name: string, choice: Partial<EndpointChoice>, url: string])[] = [
  ['AWS, host style', {}, 'https://data.s3.eu-west-1.amazonaws.com'],
  ['AWS in China', { region: 'cn-north-1' }, 'https://data.s3.cn-north-1.amazonaws.com.cn'],
  ['AWS without TLS', { useSsl: false }, 'http://data.s3.eu-west-1.amazonaws.com'],
  ['AWS, a dotted bucket over TLS in the path', { bucket: 'my.data' }, 'https://s3.eu-west-1.amazonaws.com/my.data'],
  ['AWS, a dotted bucket without TLS in the host', { bucket: 'my.data', useSsl: false }, 'http://my.data.s3.eu-west-1.amazonaws.com'],
  ['AWS, an old name with capitals in the path', { bucket: 'My_Data' }, 'https://s3.eu-west-1.amazonaws.com/My_Data'],
  ['AWS, path style', { style: 'path' }, 'https://s3.eu-west-1.amazonaws.com/data'],
  ['AWS, accelerated', { accelerate: true }, 'https://data.s3-accelerate.amazonaws.com'],
  ['AWS, accelerated over both stacks', { accelerate: true, dualstack: true }, 'https://data.s3-accelerate.dualstack.amazonaws.com'],
  ['AWS over both stacks', { dualstack: true }, 'https://data.s3.dualstack.eu-west-1.amazonaws.com'],
  ['another service, path style by default', { url: 'http://127.0.0.1:9000' }, 'http://127.0.0.1:9000/data'],
  ['another service below a path', { url: 'https://host/s3/' }, 'https://host/s3/data'],
  ['another service, host style', { url: 'https://host:8443', style: 'virtual' }, 'https://data.host:8443'],
  ['a service that wants host style', { url: 'https://oss-x.aliyuncs.com', preferred: 'virtual' }, 'https://data.oss-x.aliyuncs.com'],
  ['an IP address, which can have no names below it', { url: 'https://[::1]:9000', style: 'virtual' }, 'https://[::1]:9000/data'],
];

describe('endpoints', () => {
  for (const [name, choice, url] of rows) {
    it(`${name}: ${url}`, () => {
      const { origin, base, host, isSecure } = resolveEndpoint({ ...usual, ...choice });

      assert.equal(origin + base, url);
      assert.equal(host, new URL(url).host);
      assert.equal(isSecure, url.startsWith('https:'));
    });
  }

  it('takes that of Oracle, which has no type of its own, as any other: by path (#2890)', () => {
    const { origin, base } = resolveEndpoint({ ...usual, url: 'https://tenancy.compat.objectstorage.eu-frankfurt-1.oraclecloud.com', region: 'eu-frankfurt-1' });
    assert.equal(origin + base, 'https://tenancy.compat.objectstorage.eu-frankfurt-1.oraclecloud.com/data');
  });

  it('refuses what is no address, and names no secret of it', () => {
    for (const url of ['localhost:9000', 'ftp://host', 'https://', 'https://me:secret@host', 'https://host/?a=1']) {
      assert.throws(() => resolveEndpoint({ ...usual, url }), (error) => hasCode(error, 'INVALID_CONFIG') && !error.message.includes('secret'), url);
    }
  });

  it('refuses acceleration where the bucket cannot have it', () => {
    assert.throws(() => resolveEndpoint({ ...usual, bucket: 'my.data', accelerate: true }), (error) => hasCode(error, 'INVALID_CONFIG'));
  });
});

describe('profiles of services', () => {
  it('are found by host and by server', () => {
    const hosts = ['s3.eu-west-1.amazonaws.com', 'bucket.s3.amazonaws.com', 'storage.googleapis.com', 'x.r2.cloudflarestorage.com', 's3.us-west-004.backblazeb2.com', 'oss-cn-hangzhou.aliyuncs.com:443', 'evil-amazonaws.com', 'localhost:9000'];

    assert.deepEqual(hosts.map((host) => profileByHost(host)?.name), ['aws', 'aws', 'gcs', 'r2', 'b2', 'oss', undefined, undefined]);
    assert.deepEqual(['MinIO', 'VERSITYGW', 'AmazonS3', 'nginx'].map((server) => profileByAnswer(server, '')?.name), ['minio', 'versitygw', 'aws', undefined]);
    assert.equal(profileByAnswer('', 'tx0000073a60a1fe52f0c1e-006b016a41-1008-default')?.name, 'ceph');
  });
});

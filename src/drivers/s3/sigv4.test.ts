import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSigner, EMPTY_SHA256, type Signable, signatureOf, signingKey } from './sigv4.ts';

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-query-string-auth.html.
const example = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const now = Date.UTC(2013, 4, 24);
const host = 'examplebucket.s3.amazonaws.com';
const plain: Signable = { method: 'GET', host, path: '/', query: '', headers: [], payloadHash: EMPTY_SHA256 };
const examples: readonly { readonly name: string; readonly request: Signable; readonly names: string; readonly signature: string }[] = [
  { name: 'GET Object', request: { ...plain, path: '/test.txt', headers: [['range', 'bytes=0-9']] }, names: 'host;range;x-amz-content-sha256;x-amz-date',
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41' },
  { name: 'PUT Object', names: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    request: { ...plain, method: 'PUT', path: '/test%24file.text', headers: [['x-amz-storage-class', 'REDUCED_REDUNDANCY'], ['date', 'Fri, 24 May 2013 00:00:00 GMT']], payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072' },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd' },
  { name: 'GET Bucket Lifecycle', request: { ...plain, query: 'lifecycle=' }, names: 'host;x-amz-content-sha256;x-amz-date',
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543' },
  { name: 'GET Bucket', request: { ...plain, query: 'max-keys=2&prefix=J' }, names: 'host;x-amz-content-sha256;x-amz-date',
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7' },
];

describe('SigV4', () => {
  for (const { name, request, names, signature } of examples) {
    it(`signs AWS's example ${name}`, () => {
      const headers = new Map(createSigner('us-east-1').sign(request, example, now));

      assert.equal(headers.get('authorization'), `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${names}, Signature=${signature}`);
      assert.equal(headers.get('x-amz-date'), '20130524T000000Z');
    });
  }

  it("presigns AWS's example URL", () => {
    const query = createSigner('us-east-1').presign({ ...plain, path: '/test.txt' }, example, { now, expiresInSeconds: 86_400 });

    assert.match(query, /&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404$/);
  });

  it("derives the key of AWS's test suite (get-vanilla)", () => {
    const key = signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', ['20150830', 'us-east-1', 'service']);
    const canonical = `GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n${EMPTY_SHA256}`;

    const signature = signatureOf(canonical, { key, time: '20150830T123600Z', scope: '20150830/us-east-1/service/aws4_request' });

    assert.equal(signature, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31');
  });

  it('signs the session token with the rest', () => {
    const headers = new Map(createSigner('us-east-1').sign(plain, { ...example, sessionToken: 'token' }, now));

    assert.equal(headers.get('x-amz-security-token'), 'token');
    assert.match(headers.get('authorization') ?? '', /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/);
  });

  it('changes key and date with the day and the credentials, though both are kept', () => {
    const signer = createSigner('us-east-1');
    const first = signer.sign(plain, example, now);
    const nextDay = signer.sign(plain, example, now + 86_400_000);
    const other = signer.sign(plain, { ...example, secretAccessKey: 'other' }, now);

    assert.deepEqual(signer.sign(plain, example, now), first);
    assert.equal(new Map(nextDay).get('x-amz-date'), '20130525T000000Z');
    assert.notDeepEqual(other, first);
  });
});

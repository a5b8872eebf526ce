import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { encodeQuery, type Header } from './request.ts';
import { createV1Signer, signatureV1 } from './sign-v1.ts';
import { createV4Signer } from './sign-v4.ts';
import type { Signable } from './signer.ts';

// The values that Alibaba's own SDK is tested with: alibabacloud-oss-python-sdk-v2, tests/unit/signer/test_v4.py.
const requestOf = (type: string): Signable => ({
  method: 'PUT', bucket: 'bucket', key: '1234+-/123/1.txt',
  query: { param1: 'value1', '+param1': 'value3', '|param1': 'value4', '+param2': '', '|param2': '', param2: '' },
  headers: [['x-oss-head1', 'value'], ['abc', 'value'], ['zabc', 'value'], ['xyz', 'value'], ['content-type', type]],
});
const request = requestOf('text/plain');
const keys = { accessKeyId: 'ak', secretAccessKey: 'sk' };
const withToken = { ...keys, sessionToken: 'token' };
const signer = createV4Signer('cn-hangzhou');
const authorization = (headers: readonly Header[]): string | undefined => new Map(headers).get('authorization');

describe('V4 signatures of OSS', () => {
  it("are those of Alibaba's SDK in headers, without and with a token", () => {
    assert.equal(authorization(signer.sign(request, keys, 1_702_743_657_018)), 'OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,Signature=e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe');
    assert.equal(authorization(signer.sign(request, withToken, 1_702_784_856_007)), 'OSS4-HMAC-SHA256 Credential=ak/20231217/cn-hangzhou/oss/aliyun_v4_request,Signature=b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea');
  });

  it("are those of Alibaba's SDK in URLs, without and with a token", () => {
    const signed = requestOf('application/octet-stream');

    const query = new URLSearchParams(signer.presign(signed, keys, { now: 1_702_781_677_000, expiresInSeconds: 599 }));
    const other = new URLSearchParams(signer.presign(signed, withToken, { now: 1_702_785_388_000, expiresInSeconds: 599 }));

    assert.equal(query.get('x-oss-signature'), 'a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe');
    assert.deepEqual(['x-oss-credential', 'x-oss-expires', 'x-oss-signature-version', 'x-oss-security-token'].map((name) => query.get(name)), ['ak/20231217/cn-hangzhou/oss/aliyun_v4_request', '599', 'OSS4-HMAC-SHA256', null]);
    assert.equal(other.get('x-oss-date'), '20231217T035628Z');
    assert.equal(other.get('x-oss-signature'), '3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5');
  });

  it('change with the day and the credentials, though the key is kept', () => {
    const first = signer.sign(request, keys, 0);

    assert.notDeepEqual(signer.sign(request, keys, 86_400_000), first);
    assert.notDeepEqual(signer.sign(request, { ...keys, secretAccessKey: 'other' }, 0), first);
    assert.deepEqual(signer.sign(request, keys, 0), first);
  });
});

describe('V1 signatures of OSS', () => {
  const v1 = createV1Signer();
  // The examples that Alibaba's documentation had for years: sign a PUT and the URL of a GET with this pair.
  const example = { accessKeyId: '44CF9590006BF252F707', secretAccessKey: 'OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV' };
  const put: Signable = {
    method: 'PUT', bucket: 'oss-example', key: 'nelson', query: {},
    headers: [['content-md5', 'ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM='], ['content-type', 'text/html'], ['x-oss-meta-author', 'foo@bar.com'], ['x-oss-magic', 'abracadabra']],
  };

  it("are those of Alibaba's examples, in a header and in a URL", () => {
    const get: Signable = { method: 'GET', bucket: 'oss-example', key: 'oss-api.pdf', query: {}, headers: [] };

    assert.equal(signatureV1(put, 'Thu, 17 Nov 2005 18:49:58 GMT', createSecretKey(Buffer.from(example.secretAccessKey))), '26NBxoKdsyly4EDv6inkoDft/yA=');
    assert.equal(v1.presign(get, example, { now: 1_141_889_060_500, expiresInSeconds: 60 }), 'Expires=1141889120&OSSAccessKeyId=44CF9590006BF252F707&Signature=EwaNTn1erJGkimiJ9WmXgwnANLc%3D');
  });

  it('sign the parameters that are part of the resource, and no others', () => {
    const list: Signable = { method: 'GET', bucket: 'b', key: undefined, query: { prefix: 'a', 'list-type': 2 }, headers: [] };
    const of = (query: Signable['query']): string | undefined => authorization(v1.sign({ ...list, query }, example, 0));

    assert.equal(of({ prefix: 'a', 'list-type': 2 }), of({}));
    assert.notEqual(of({ versions: '' }), of({}));
    assert.notEqual(of({ 'continuation-token': 'x' }), of({ 'continuation-token': 'y' }));
  });

  it('name date and token among the headers they cover', () => {
    const headers = new Map(v1.sign(put, { ...example, sessionToken: 'token' }, Date.UTC(2005, 10, 17, 18, 49, 58)));

    assert.equal(headers.get('x-oss-date'), 'Thu, 17 Nov 2005 18:49:58 GMT');
    assert.equal(headers.get('x-oss-security-token'), 'token');
    assert.match(headers.get('authorization') ?? '', /^OSS 44CF9590006BF252F707:[\w+/]{27}=$/);
  });

  it('stand in URLs with the moment of their end', () => {
    const query = new URLSearchParams(v1.presign({ ...put, method: 'GET', headers: [] }, { ...example, sessionToken: 't+/' }, { now: 1_141_889_060_500, expiresInSeconds: 60 }));

    assert.deepEqual([...query.keys()], ['Expires', 'OSSAccessKeyId', 'Signature', 'security-token']);
    assert.equal(query.get('Expires'), '1141889120');
    assert.equal(query.get('security-token'), 't+/');
  });
});

describe('queries', () => {
  it('are sorted by name, with no sign behind a name alone', () => {
    assert.equal(encodeQuery({ b: 'x y', a: '', c: undefined, 'a-b': 1, e: '/' }), 'a&a-b=1&b=x%20y&e=%2F');
  });
});

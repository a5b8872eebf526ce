import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf } from '../../test/transport/case.ts';
import { scripted, sentHeader, type ScriptedTransport } from '../../test/transport/scripted.ts';
import { followRedirects, type RedirectOptions } from './redirects.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

const SECRETS = [['Authorization', 'a'], ['Cookie', 'b'], ['X-Key', 'c'], ['Host', 'first.example'], ['X-Plain', 'd']] as const;
const leadingTo = (...targets: readonly string[]): ScriptedTransport => scripted((_request, number) => {
  const to = targets[number];
  return to === undefined ? { status: 200 } : { status: 307, headers: { Location: to } };
});

function send(transport: ScriptedTransport, { options = {}, ...request }: Partial<HttpRequest> & { readonly options?: RedirectOptions } = {}): Promise<HttpResponse> {
  return followRedirects(transport, options).send({ method: 'GET', url: new URL('https://first.example/a?x=1'), headers: SECRETS, ...request });
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`GET and HEAD follow ${status}, and the answer tells where it came from`, async () => {
    for (const method of ['GET', 'HEAD']) {
      const transport = scripted((_request, number) => (number === 0 ? { status, headers: { location: '../b' } } : { status: 200 }));
      const response = await send(transport, { method });
      assert.deepEqual([response.status, response.url.href, transport.requests[1]?.method], [200, 'https://first.example/b', method]);
      assert.equal(transport.cancelled(), 1);
    }
  });
  test(`PUT and POST ${status >= 307 ? 'follow' : 'do not follow'} ${status}`, async () => {
    for (const method of ['PUT', 'POST']) {
      const transport = scripted((_request, number) => (number === 0 ? { status, headers: { location: '/b' } } : { status: 201 }));
      const body = bodyOf('data');
      assert.equal((await send(transport, { method, body })).status, status >= 307 ? 201 : status);
      if (status >= 307) assert.deepEqual([transport.requests[1]?.method, transport.requests[1]?.body], [method, body]);
    }
  });
}

test('on the same origin the headers stay', async () => {
  const transport = leadingTo('/b');
  await send(transport, { options: { secretHeaders: ['X-Key'] } });
  assert.deepEqual(transport.requests[1]?.headers, SECRETS);
});

for (const to of ['https://other.example/', 'https://first.example:8443/', '//other.example/x', 'https://first.example.evil.org/']) {
  test(`credentials do not go on to ${to}, nor back again`, async () => {
    const transport = leadingTo(to, 'https://first.example/back');
    await send(transport, { options: { secretHeaders: ['X-Key'] } });
    for (const request of transport.requests.slice(1)) {
      for (const name of ['authorization', 'cookie', 'x-key', 'host']) assert.equal(sentHeader(request, name), undefined, name);
      assert.equal(sentHeader(request, 'x-plain'), 'd');
    }
    assert.equal(transport.requests.length, 3);
  });
}

test('from http to https is another origin', async () => {
  const transport = leadingTo('https://first.example/');
  await send(transport, { url: new URL('http://first.example/') });
  assert.equal(sentHeader(transport.requests[1], 'authorization'), undefined);
});

test('https never becomes http', async () => {
  const transport = leadingTo('http://first.example/?token=s3cret');
  await assert.rejects(send(transport), (error: Error) => 'code' in error && error.code === 'UNAVAILABLE' && !error.message.includes('s3cret'));
  assert.equal(transport.requests.length, 1);
});

test('user info in a Location is not used', async () => {
  const transport = leadingTo('https://u:p@other.example/');
  assert.equal((await send(transport)).url.href, 'https://other.example/');
});

test('a circle ends after the limit', async () => {
  const transport = scripted(() => ({ status: 302, headers: { location: '/a' } }));
  await assert.rejects(send(transport, { options: { limit: 3 } }), { code: 'UNAVAILABLE', retryable: false });
  assert.equal(transport.requests.length, 4);
});

for (const location of ['file:///etc/passwd', 'ftp://host/', 'https://', 'javascript:1']) {
  test(`a redirect to '${location}' is refused`, async () => {
    await assert.rejects(send(leadingTo(location)), { code: 'UNAVAILABLE' });
  });
}

test('a redirect without a Location is the answer', async () => {
  assert.equal((await send(scripted(() => ({ status: 302 })))).status, 302);
});

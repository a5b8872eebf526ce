import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { HttpRequest, HttpResponse, Transport } from '../http/transport.ts';
import { withRegistryLogin } from './login.ts';

const ORIGIN = 'https://registry.example';

/** A registry that takes the newest token of its service only, and a service that counts. */
function startCounting(): { readonly transport: Transport; readonly sent: string[]; revoke(): void } {
  let given = 0;
  let revoked = 0;
  const sent: string[] = [];
  const inner: Transport = {
    async send(request) {
      if (request.url.origin !== ORIGIN) return answer(request, 200, {}, JSON.stringify({ token: `token-${++given}`, expires_in: 3600 }));
      const authorization = request.headers.find(([name]) => name === 'authorization')?.[1] ?? 'nothing';
      sent.push(authorization);
      return Number(/token-(\d+)/.exec(authorization)?.[1] ?? 0) > revoked ? answer(request, 200) : answer(request, 401, { 'www-authenticate': 'Bearer realm="https://auth.example/token",service="x",scope="repository:a:pull"' });
    },
  };
  return { transport: withRegistryLogin(inner, { origin: ORIGIN, plain: inner, now: () => 0, credentials: async () => undefined }), sent, revoke: () => { revoked = given; } };
}

function answer({ url }: HttpRequest, status: number, ...[headers = {}, body = '']: readonly [headers?: Readonly<Record<string, string>>, body?: string]): HttpResponse {
  return { status, url, header: (name) => headers[name], headers: () => Object.entries(headers), body: (async function* () { yield Buffer.from(body); })(), cancel: () => undefined };
}
const get = (path: string): HttpRequest => ({ method: 'GET', url: new URL(path, ORIGIN), headers: [] });

it('a token that is refused before its time is thrown away, and the request goes once more with another', async () => {
  const { transport, sent, revoke } = startCounting();

  const first = await transport.send(get('/v2/a/manifests/x'));
  revoke();
  const second = await transport.send(get('/v2/a/manifests/x'));

  assert.deepEqual([first.status, second.status], [200, 200]);
  assert.deepEqual(sent, ['nothing', 'Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
});

it('who is refused again gets the answer, and is not asked for ever', async () => {
  const { transport, sent, revoke } = startCounting();
  const inner: Transport = { send: async (request) => (request.url.origin === ORIGIN ? (sent.push('x'), answer(request, 401, { 'www-authenticate': 'Basic realm="x"' })) : answer(request, 200)) };
  revoke();

  const refused = await withRegistryLogin(inner, { origin: ORIGIN, plain: inner, now: () => 0, credentials: async () => ({ kind: 'basic', user: 'a', password: 'b' }) }).send(get('/v2/a/manifests/x'));
  const nobody = await withRegistryLogin(inner, { origin: ORIGIN, plain: inner, now: () => 0, credentials: async () => undefined }).send(get('/v2/a/manifests/x'));

  assert.deepEqual([refused.status, nobody.status, sent.length], [401, 401, 3]);
  assert.equal((await transport.send({ ...get('/'), url: new URL('https://elsewhere.example/') })).status, 200);
});

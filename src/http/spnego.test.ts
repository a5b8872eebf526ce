import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode, TowlineError } from '../errors.ts';
import { type Kerberos, loadKerberos } from './kerberos.ts';
import { withNegotiate } from './spnego.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

const ORIGIN = 'http://namenode:9870';
const PROOF = 'cHJvb2Y=';

/** A package whose contexts are complete once they have seen the service's proof. */
function fakeKerberos(contexts: { service: string; options: object }[] = []): () => Promise<{ readonly default: Kerberos }> {
  const initializeClient = (async (service: string, options: object) => {
    contexts.push({ service, options });
    const client = {
      contextComplete: false,
      async step(token: string) {
        if (token === '') return 'b3Vycw==';
        if (token !== PROOF) throw new Error('Unspecified GSS failure: a token had an invalid signature');
        client.contextComplete = true;
        return null;
      },
    };
    return client;
  }) as unknown as Kerberos['initializeClient'];
  return async () => ({ default: { initializeClient, GSS_MECH_OID_KRB5: 9, GSS_MECH_OID_SPNEGO: 6 } });
}
const answer = (status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status, url: new URL(ORIGIN), header: (name) => headers[name], *headers() { /* none */ }, body: (async function* () { /* empty */ })(), cancel: () => undefined,
});
const get = (url: string = `${ORIGIN}/a`): HttpRequest => ({ method: 'GET', url: new URL(url), headers: [] });
const proven = { 'www-authenticate': `Negotiate ${PROOF}` };
const sentBy = (request: HttpRequest): string => request.headers.map(([name, value]) => `${name}: ${value}`).join();

describe('SPNEGO', () => {
  it('sends a proof to the service of the host, by the mechanism and the ticket that were asked for', async () => {
    const contexts: { service: string; options: object }[] = [];
    const seen: HttpRequest[] = [];
    const transport = withNegotiate({ send: async (request) => { seen.push(request); return answer(200, proven); } }, { origin: ORIGIN, principal: 'alice@REALM', importKerberos: fakeKerberos(contexts) });

    await transport.send(get());

    assert.deepEqual(contexts, [{ service: 'HTTP@namenode', options: { mechOID: 6, principal: 'alice@REALM' } }]);
    assert.equal(sentBy(seen[0] ?? get()), 'authorization: Negotiate b3Vycw==');
  });

  it('sends nothing to another origin', async () => {
    const seen: HttpRequest[] = [];
    const transport = withNegotiate({ send: async (request) => { seen.push(request); return answer(200); } }, { origin: ORIGIN, importKerberos: () => assert.fail('it wants a proof') });

    await transport.send(get('http://datanode:9864/a'));

    assert.equal(sentBy(seen[0] ?? get()), '');
  });

  for (const [what, headers] of [['no proof', {}], ['a wrong proof', { 'www-authenticate': 'Negotiate d3Jvbmc=' }]] as const) {
    it(`refuses the answer of a service that gives ${what}`, async () => {
      const transport = withNegotiate({ send: async () => answer(200, headers) }, { origin: ORIGIN, importKerberos: fakeKerberos() });

      await assert.rejects(transport.send(get()), (error) => hasCode(error, 'UNAUTHENTICATED'));
    });
  }

  it('gives back a refusal as it is', async () => {
    const transport = withNegotiate({ send: async () => answer(401, { 'www-authenticate': 'Negotiate' }) }, { origin: ORIGIN, importKerberos: fakeKerberos() });

    assert.equal((await transport.send(get())).status, 401);
  });

  it('uses the cookie of the first proof, also for those who came at the same time, and proves anew when it has ended', async () => {
    const seen: string[] = [];
    let isOver = false;
    const send = async (request: HttpRequest): Promise<HttpResponse> => {
      const sent = sentBy(request);
      seen.push(sent.split(':')[0] ?? '');
      if (sent.startsWith('cookie') && isOver) return answer(401);
      return answer(200, { ...proven, 'set-cookie': 'other=1; Path=/, hadoop.auth="u=alice&s=x="; Path=/; HttpOnly' });
    };
    const transport = withNegotiate({ send }, { origin: ORIGIN, sessionCookie: 'hadoop.auth', importKerberos: fakeKerberos() });

    await Promise.all([transport.send(get()), transport.send(get()), transport.send(get())]);
    assert.deepEqual(seen, ['authorization', 'cookie', 'cookie']);
    isOver = true;
    assert.equal((await transport.send(get())).status, 200);

    assert.deepEqual(seen.slice(3), ['cookie', 'authorization']);
  });

  it('tells how to install the package where it is missing', async () => {
    const missing = async (): Promise<never> => { throw new Error("Cannot find package 'kerberos'"); };

    await assert.rejects(loadKerberos(missing), (error) => error instanceof TowlineError && error.code === 'UNSUPPORTED' && /npm install kerberos/.test(error.hint ?? ''));
  });

  it('tells what to do without a ticket', async () => {
    const failing = async (): Promise<{ readonly default: Kerberos }> => {
      const { default: kerberos } = await fakeKerberos()();
      return { default: { ...kerberos, initializeClient: async () => { throw new Error('No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_0)'); } } };
    };
    const transport = withNegotiate({ send: async () => answer(200) }, { origin: ORIGIN, importKerberos: failing });

    await assert.rejects(transport.send(get()), (error) => error instanceof TowlineError && error.code === 'UNAUTHENTICATED' && /kinit/.test(error.hint ?? ''));
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { textOf } from '../../test/transport/case.ts';
import { makeCertificates } from '../../test/servers/certificates.ts';
import { answering, reply, startWire, type Wire, type WireServer } from '../../test/transport/wire.ts';
import { hasCode, type TowlineError } from '../errors.ts';
import { createConnect } from './connect.ts';
import type { ConnectionSettings } from './transport.ts';

const certificates = makeCertificates();
const foreign = makeCertificates({ names: ['DNS:other.example'] });
after(() => { certificates.remove(); foreign.remove(); });
const pem = (path: string): Buffer => readFileSync(path);
const tls = { cert: pem(certificates.server.certificate), key: pem(certificates.server.key) };
let transportName = 'own';
/** Tests of one file run one after the other, so the name stands still while one runs. */
const onEach = (name: string, act: () => Promise<void>): void => {
  for (const each of ['own', 'undici']) {
    test(`${each}: ${name}`, async () => {
      transportName = each;
      await act();
    });
  }
};
const hello = answering((request) => reply(`hello ${request.target}`));

interface Given { readonly settings?: ConnectionSettings; readonly env?: Record<string, string>; readonly warnings?: string[] }

async function get(url: string, { settings, env = {}, warnings = [] }: Given = {}): Promise<string> {
  const connect = createConnect({ env: { TOW_TRANSPORT: transportName, ...env }, now: Date.now, warn: ({ text }) => warnings.push(text) }, { readFile: (path) => (path.startsWith('/absent') ? undefined : readFileSync(path)) });
  const transport = connect(settings);
  try {
    return await textOf(await transport.send({ method: 'GET', url: new URL(url), headers: [] }));
  } finally {
    await transport.close?.();
  }
}

async function withServer(serve: (wire: Wire) => Promise<void>, options: Parameters<typeof startWire>[1], run: (server: WireServer) => Promise<void>): Promise<void> {
  const server = await startWire(serve, options);
  try {
    await run(server);
  } finally {
    await server.close();
  }
}
const failing = (pattern: RegExp, expected: Partial<TowlineError>) => (error: Error & Partial<TowlineError>): boolean => {
  assert.match(`${error.message} ${error.hint ?? ''}`, pattern);
  for (const [key, value] of Object.entries(expected)) assert.equal(error[key as keyof TowlineError], value, key);
  return true;
};

onEach('a certificate of an authority that is not known is refused for good, with what to do', async () => {
  await withServer(hello, { tls }, async ({ url }) => {
    await assert.rejects(get(url), failing(/authority that is not known.*'ssl_verify'/, { code: 'UNAVAILABLE', retryable: false }));
  });
});

onEach("a remote's CA file and SSL_CERT_FILE are trusted, the file before the variable", async () => {
  await withServer(hello, { tls }, async ({ url }) => {
    assert.equal(await get(url, { settings: { caFile: certificates.ca } }), 'hello /');
    assert.equal(await get(url, { env: { SSL_CERT_FILE: certificates.ca } }), 'hello /');
    assert.equal(await get(url, { settings: { caFile: certificates.ca }, env: { SSL_CERT_FILE: foreign.ca } }), 'hello /');
    await assert.rejects(get(url, { settings: { caFile: foreign.ca }, env: { SSL_CERT_FILE: certificates.ca } }), { code: 'UNAVAILABLE' });
  });
});

onEach('a certificate for another host is refused by its own words', async () => {
  await withServer(hello, { tls: { cert: pem(foreign.server.certificate), key: pem(foreign.server.key) } }, async ({ url }) => {
    await assert.rejects(get(url, { settings: { caFile: foreign.ca } }), failing(/for another host/, { code: 'UNAVAILABLE', retryable: false }));
  });
});

onEach('without verification any certificate will do, with one warning for all transports', async () => {
  await withServer(hello, { tls }, async ({ url }) => {
    const warnings: string[] = [];
    const connect = createConnect({ env: { TOW_TRANSPORT: transportName }, now: Date.now, warn: ({ text }) => warnings.push(text) }, { readFile: () => undefined });
    for (const transport of [connect({ verifyTls: false }), connect({ verifyTls: false })]) {
      assert.equal(await textOf(await transport.send({ method: 'GET', url: new URL(url), headers: [] })), 'hello /');
      await transport.close?.();
    }
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /ssl_verify/);
  });
});

onEach('a server that wants a client certificate gets it', async () => {
  await withServer(hello, { tls: { ...tls, ca: pem(certificates.ca), requestCert: true, rejectUnauthorized: true } }, async ({ url }) => {
    const { certificate, key } = certificates.client;
    assert.equal(await get(url, { settings: { caFile: certificates.ca, certificateFile: certificate, keyFile: key } }), 'hello /');
    await assert.rejects(get(url, { settings: { caFile: certificates.ca } }), { code: 'UNAVAILABLE' });
  });
});

onEach('a second connection to a TLS server resumes the session of the first', async () => {
  const resumed: boolean[] = [];
  const noting = async (wire: Wire): Promise<void> => {
    resumed.push((wire.socket as TLSSocket).isSessionReused());
    await hello(wire);
  };
  await withServer(noting, { tls }, async ({ url }) => {
    const transport = createConnect({ env: { TOW_TRANSPORT: transportName }, now: Date.now, warn: () => undefined }, { readFile: (path) => readFileSync(path) })({ caFile: certificates.ca });
    for (let turn = 0; turn < 2; turn += 1) {
      assert.equal(await textOf(await transport.send({ method: 'GET', url: new URL(url), headers: [] })), 'hello /');
      await transport.close?.();
    }
  });
  assert.deepEqual(resumed, [false, true]);
});

onEach('of the files that may be open connections take no more than half', async () => {
  for (const [limits, isRight] of [['Max open files            80                   80                   files', (seen: number): boolean => seen <= 8], [undefined, (seen: number): boolean => seen > 8]] as const) {
    const counts = { open: 0, seen: 0 };
    const slow = async (wire: Wire): Promise<void> => {
      counts.open += 1;
      counts.seen = Math.max(counts.seen, counts.open);
      wire.socket.once('close', () => { counts.open -= 1; });
      await answering(async () => { await wait(200); return reply('late'); })(wire);
    };
    await withServer(slow, {}, async ({ url }) => {
      const transport = createConnect({ env: { TOW_TRANSPORT: transportName }, now: Date.now, warn: () => undefined }, { readFile: (path) => (path === '/proc/self/limits' && limits !== undefined ? Buffer.from(`Limit Soft Hard Units\n${limits}\n`) : undefined) })({});
      const answers = await Promise.all(Array.from({ length: 20 }, async () => await textOf(await transport.send({ method: 'GET', url: new URL(url), headers: [] }))));
      await transport.close?.();
      assert.equal(answers.filter((text) => text === 'late').length, 20);
    });
    assert.ok(isRight(counts.seen), `${counts.seen} at once, ${limits ?? 'no limit known'}`);
  }
});

test('an unknown transport is refused by its name', () => {
  assert.throws(() => createConnect({ env: { TOW_TRANSPORT: 'carrier pigeon' }, now: Date.now, warn: () => undefined }, { readFile: () => undefined }), { code: 'INVALID_CONFIG' });
});

onEach('TLS files that are absent, no PEM or do not fit together are INVALID_CONFIG and named', async () => {
  await assert.rejects(withTls({ caFile: '/absent/ca' }), failing(/\/absent\/ca/, { code: 'INVALID_CONFIG' }));
  await assert.rejects(withTls({ caFile: new URL(import.meta.url).pathname }), failing(/not a PEM file/, { code: 'INVALID_CONFIG' }));
  await assert.rejects(withTls({ certificateFile: certificates.client.certificate, keyFile: foreign.client.key }), failing(/belongs to the certificate/, { code: 'INVALID_CONFIG' }));
});

/** The files are read when the first TLS connection is made, so there must be somebody who takes it. */
async function withTls(settings: ConnectionSettings): Promise<void> {
  await withServer(hello, { tls }, async ({ url }) => { await get(url, { settings }); });
}

onEach('https on an http port is told apart from a broken network', async () => {
  const complaining = async (wire: Wire): Promise<void> => {
    await wire.bytes(1);
    wire.end(reply('', { status: '400 Bad Request' }));
  };
  await withServer(complaining, {}, async ({ port }) => {
    await assert.rejects(get(`https://127.0.0.1:${port}`), failing(/is it 'http'/, { code: 'UNAVAILABLE', retryable: false }));
  });
});

onEach('nobody listening is UNAVAILABLE and worth another try', async () => {
  let port = 0;
  await withServer(hello, {}, async (server) => { port = server.port; });
  await assert.rejects(get(`http://127.0.0.1:${port}`), failing(/connection refused/, { code: 'UNAVAILABLE', retryable: true }));
});

onEach('a TLS handshake that hangs is a TIMEOUT of connecting', async () => {
  const silent = async (wire: Wire): Promise<void> => { await wire.bytes(1e9); };
  await withServer(silent, {}, async ({ port }) => {
    await assert.rejects(get(`https://127.0.0.1:${port}`, { settings: { connectTimeoutSeconds: 0.2 } }), failing(/no connection within 0.2 s/, { code: 'TIMEOUT', retryable: true }));
  });
});

onEach('through a proxy http is asked for by its whole URL, with the credentials of the proxy', async () => {
  await withServer(hello, {}, async (proxy) => {
    const body = await get('http://far.example/a?b', { env: { http_proxy: `http://ann:s3cret@127.0.0.1:${proxy.port}` } });
    assert.equal(body, 'hello http://far.example/a?b');
    assert.equal(proxy.requests[0]?.header('host'), 'far.example');
    assert.equal(proxy.requests[0]?.header('proxy-authorization'), `Basic ${Buffer.from('ann:s3cret').toString('base64')}`);
  });
});

onEach('through a proxy https goes in a tunnel, its TLS verified against the far host', async () => {
  await withServer(hello, { tls }, async (far) => {
    await withServer(tunnelTo(far.port), {}, async (proxy) => {
      const env = { https_proxy: proxy.url };
      assert.equal(await get(`https://localhost:${far.port}/x`, { env, settings: { caFile: certificates.ca } }), 'hello /x');
      assert.equal(proxy.requests[0]?.method, 'CONNECT');
      assert.equal(proxy.requests[0]?.target, `localhost:${far.port}`);
      await assert.rejects(get(`https://wrong.example:${far.port}/`, { env, settings: { caFile: certificates.ca } }), failing(/for another host/, { code: 'UNAVAILABLE' }));
      await get(`https://localhost:${far.port}/`, { env: { ...env, no_proxy: 'localhost' }, settings: { caFile: certificates.ca } });
      assert.equal(proxy.requests.length, 2);
    });
  });
});

onEach('a proxy that is itself reached by TLS carries a tunnel', async () => {
  await withServer(hello, { tls }, async (far) => {
    await withServer(tunnelTo(far.port), { tls }, async (proxy) => {
      assert.equal(await get(`https://localhost:${far.port}/x`, { env: { https_proxy: proxy.url }, settings: { caFile: certificates.ca } }), 'hello /x');
    });
  });
});

for (const [status, code, words] of [[407, 'UNAUTHENTICATED', /wants a user and a password.*HTTPS_PROXY/], [403, 'PERMISSION_DENIED', /NO_PROXY/], [502, 'UNAVAILABLE', /refused the way/]] as const) {
  onEach(`a proxy that refuses a tunnel with ${status} is ${code}, and no password is shown`, async () => {
    await withServer(async (wire) => { await wire.head(); wire.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`); }, {}, async ({ port }) => {
      const error = await get('https://far.example/', { env: { https_proxy: `http://${status === 407 ? '' : 'ann:s3cret@'}127.0.0.1:${port}` } }).then(() => undefined, (failure: unknown) => failure);
      assert.ok(hasCode(error, code));
      assert.match(`${error.message} ${error.hint}`, words);
      assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.context]), /s3cret/);
    });
  });
}

/** A proxy that leads every CONNECT to one port. */
function tunnelTo(port: number): (wire: Wire) => Promise<void> {
  return async (wire) => {
    if (!(await wire.head())) return;
    const far = createConnection(port, '127.0.0.1');
    far.on('error', () => wire.socket.destroy());
    wire.socket.on('close', () => far.destroy());
    wire.write('HTTP/1.1 200 Connection established\r\n\r\n');
    wire.socket.pipe(far).pipe(wire.socket);
    await new Promise((resolve) => wire.socket.once('close', resolve));
  };
}

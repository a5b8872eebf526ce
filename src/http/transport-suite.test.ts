import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { makeCertificates } from '../../test/servers/certificates.ts';
import { answerCases } from '../../test/transport/answers.ts';
import type { TransportCase } from '../../test/transport/case.ts';
import { connectionCases } from '../../test/transport/connections.ts';
import { hostileCases } from '../../test/transport/hostile.ts';
import { pieceCases } from '../../test/transport/pieces.ts';
import { uploadCases } from '../../test/transport/uploads.ts';
import { startWire, type WireOptions } from '../../test/transport/wire.ts';
import { createConnect } from './connect.ts';
import type { Connect } from './transport.ts';

/** Every transport there is; each keeps every promise but those it `lacks`, with the reason. */
const transports: readonly { readonly name: string; readonly lacks: ReadonlyMap<string, string> }[] = [
  { name: 'own', lacks: new Map() },
  { name: 'undici', lacks: new Map([['a line of a chunk that never ends is refused', 'the parser of 7.30.2 passes over the extensions of a chunk without a bound']]) },
];

const certificates = makeCertificates();
after(() => { certificates.remove(); });
const tls = { cert: readFileSync(certificates.server.certificate), key: readFileSync(certificates.server.key) };

for (const { name, lacks } of transports) {
  const connect = createConnect({ env: { TOW_TRANSPORT: name }, now: Date.now, warn: () => undefined }, { readFile: () => undefined });
  for (const one of [...answerCases, ...hostileCases, ...pieceCases, ...connectionCases, ...uploadCases]) test(`${name}: ${one.name}`, { timeout: 20_000, skip: lacks.get(one.name) }, () => runCase(connect, one));
  // TLS gives what it has deciphered when it likes, also to one who has asked for a pause.
  for (const one of pieceCases) test(`${name}, TLS: ${one.name}`, { timeout: 20_000 }, () => runCase(connect, { ...one, settings: { ...one.settings, verifyTls: false } }, { tls }));
}

async function runCase(connect: Connect, { settings, serve, run }: TransportCase, options: WireOptions = {}): Promise<void> {
  const server = await startWire((wire) => serve(wire), options);
  const transport = connect(settings);
  try {
    await run({ transport, server, send: (method, path = '/', more = {}) => transport.send({ method, url: new URL(path, server.url), headers: [], ...more }) });
  } finally {
    await server.close();
    await transport.close?.();
  }
}

import { test } from 'node:test';
import { answerCases } from '../../test/transport/answers.ts';
import type { TransportCase } from '../../test/transport/case.ts';
import { connectionCases } from '../../test/transport/connections.ts';
import { uploadCases } from '../../test/transport/uploads.ts';
import { startWire } from '../../test/transport/wire.ts';
import { createConnect } from './connect.ts';
import type { Connect } from './transport.ts';

/** Every transport there is; each keeps every promise. */
const transports: readonly { readonly name: string; readonly connect: Connect }[] = [
  { name: 'undici', connect: createConnect({ env: {}, warn: () => undefined }, { readFile: () => undefined }) },
];

for (const { name, connect } of transports) {
  for (const one of [...answerCases, ...connectionCases, ...uploadCases]) test(`${name}: ${one.name}`, { timeout: 20_000 }, () => runCase(connect, one));
}

async function runCase(connect: Connect, { settings, serve, run }: TransportCase): Promise<void> {
  const server = await startWire((wire) => serve(wire));
  const transport = connect(settings);
  try {
    await run({ transport, server, send: (method, path = '/', more = {}) => transport.send({ method, url: new URL(path, server.url), headers: [], ...more }) });
  } finally {
    await server.close();
    await transport.close?.();
  }
}

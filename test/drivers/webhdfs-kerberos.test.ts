import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasCode, TowlineError } from '../../src/errors.ts';
import type { ImportKerberos, Kerberos } from '../../src/http/kerberos.ts';
import { readJson } from '../../src/drivers/webhdfs/json.ts';
import { withLogin } from '../../src/drivers/webhdfs/auth.ts';
import { readBack, same } from '../../src/storage/conformance/expect.ts';
import { pattern } from '../../src/storage/conformance/material.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { judgesFolder, whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { type HadoopServer, startHadoop } from '../servers/hadoop.ts';
import { openWebhdfs, type WebhdfsDriver, type WebhdfsRemote } from './webhdfs-open.ts';

const path = parsePath('a/b');
const skip = whyMissing('minihdfs', 'kerberos', 'kerberos-node') ?? false;

describe('WebHDFS with Kerberos', { skip }, () => {
  let server: HadoopServer;
  const drivers: WebhdfsDriver[] = [];
  // The product's own copy is not compiled, since no script runs when its packages are installed.
  const importKerberos: ImportKerberos = async () => ({ default: createRequire(join(judgesFolder, 'kerberos/package.json'))('kerberos') as Kerberos });
  const open = (options: Readonly<Record<string, string>>, rest: Partial<WebhdfsRemote> = {}): WebhdfsDriver => {
    const driver = openWebhdfs({ url: `webhdfs://localhost:${server.port}/user/alice/store`, options, importKerberos, ...rest });
    drivers.push(driver);
    return driver;
  };
  before(async () => {
    server = await startHadoop({ kerberos: true });
    // The library of Kerberos reads the environment of the process itself; this file has a process of its own.
    Object.assign(process.env, server.kerberos?.login());
  });
  after(async () => {
    for (const driver of drivers) await driver.close();
    await server.stop();
  });

  it('kerberos: the ticket of this machine lets in; one proof serves many requests', async () => {
    const proofs: string[] = [];
    const through: WebhdfsRemote['through'] = (transport) => ({
      ...transport,
      send: async (request) => {
        if (request.headers.some(([name]) => name === 'authorization')) proofs.push(request.url.origin);
        return await transport.send(request);
      },
    });
    const driver = open({ kerberos: 'true' }, { through });

    await Promise.all(Array.from({ length: 8 }, async (_, index) => await driver.write(parsePath(`a/${index}`), fromBytes(pattern(100_000, index)))));
    same(await readBack(driver, parsePath('a/3')), pattern(100_000, 3), 'the object');
    assert.equal((await driver.list(parsePath('a'))).entries.length, 8);

    assert.deepEqual(proofs, [`http://localhost:${server.port}`]);
  });

  it('kerberos_principal: names the ticket; one that is not there is refused with what to do', async () => {
    await assert.rejects(open({ kerberos: 'true', kerberos_principal: 'alice@TEST.LOCAL' }).stat(path), (error) => hasCode(error, 'NOT_FOUND'));

    await assert.rejects(open({ kerberos: 'true', kerberos_principal: 'bob@TEST.LOCAL' }).stat(path), (error) => error instanceof TowlineError && error.code === 'UNAUTHENTICATED' && /kinit/.test(error.hint ?? ''));
  });

  it('without a login it is refused, with the options that would help', async () => {
    for (const options of [{}, { user: 'alice' }]) {
      await assert.rejects(open(options).stat(path), (error) => error instanceof TowlineError && error.code === 'UNAUTHENTICATED' && /kerberos/.test(error.hint ?? ''));
    }
  });

  it('token: a delegation token lets in without a ticket; one that is not known is refused', async () => {
    const token = await delegationToken(server.port, importKerberos);
    const noTicket = (): never => assert.fail('it wants a ticket');
    const driver = open({ token }, { importKerberos: noTicket });

    await driver.write(path, fromBytes(pattern(300_000)));
    same(await readBack(driver, path), pattern(300_000), 'the object');
    await driver.delete([{ path }]);

    const wrong = withOtherPassword(token);
    await assert.rejects(open({ token: wrong }).stat(path), (error) => error instanceof TowlineError && error.code === 'UNAUTHENTICATED' && /'token'/.test(error.hint ?? '') && !error.message.includes(wrong));
  });

  it('proxy_to: with a ticket, too, only whom the cluster trusts acts for others', async () => {
    await assert.rejects(open({ kerberos: 'true', proxy_to: 'bob' }).stat(path), (error) => error instanceof TowlineError && error.code === 'PERMISSION_DENIED' && /hadoop\.proxyuser/.test(error.hint ?? ''));
  });
});

/** The same token, signed wrongly: its identifier and its password stand in it one after the other, each after its length. */
function withOtherPassword(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  const password = 1 + (bytes[0] ?? 0) + 1;
  bytes[password] = (bytes[password] ?? 0) ^ 1;
  return bytes.toString('base64url');
}

async function delegationToken(port: number, importKerberos: ImportKerberos): Promise<string> {
  const transport = openingIn('/nonexistent').connect();
  const origin = `http://localhost:${port}`;
  const login = { user: undefined, password: undefined, token: undefined, kerberos: true, kerberos_principal: undefined, proxy_to: undefined };
  try {
    const response = await withLogin(transport, login, { origin, importKerberos }).send({ method: 'GET', url: new URL(`${origin}/webhdfs/v1/?op=GETDELEGATIONTOKEN&renewer=alice`), headers: [] });
    const { Token: token } = (await readJson(response, 10_000)) as { readonly Token: { readonly urlString: string } };
    return token.urlString;
  } finally {
    await transport.close?.();
  }
}

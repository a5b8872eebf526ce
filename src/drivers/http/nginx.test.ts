import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { whyMissing } from '../../../test/judges.ts';
import { openingIn } from '../../../test/lent.ts';
import { makeCertificates } from '../../../test/servers/certificates.ts';
import { type HttpServer, type NginxOptions, startNginx } from '../../../test/servers/nginx.ts';
import { openHttp } from '../../../test/servers/open-http.ts';
import { startTinyproxy } from '../../../test/servers/tinyproxy.ts';
import { readFile } from '../../disk/read.ts';
import { createConnect } from '../../http/connect.ts';
import { gather } from '../../storage/content.ts';
import { parsePath } from '../../storage/path.ts';
import { fromBytes } from '../../storage/source.ts';

const skip = whyMissing('nginx', 'openssl', 'tinyproxy') ?? false;
const path = parsePath('files/md5/ab/cd');

async function withNginx(options: NginxOptions, run: (server: HttpServer) => Promise<void>): Promise<void> {
  const server = await startNginx(options);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

test('basic authentication opens what is closed without it', { skip }, async () => {
  await withNginx({ credentials: { user: 'ann', password: 'pw' } }, async ({ url, dataFolder }) => {
    const driver = await openHttp({ url, options: { auth: 'basic', user: 'ann', password: 'pw', method: 'PUT' } });
    await driver.write(path, fromBytes(Buffer.from('data')));
    assert.equal(readFileSync(join(dataFolder, path), 'utf8'), 'data');
    const wrong = await openHttp({ url, options: { auth: 'basic', user: 'ann', password: 'wrong-one', method: 'PUT' } });
    await assert.rejects(wrong.stat(path), (error: Error) => 'code' in error && error.code === 'UNAUTHENTICATED' && !error.message.includes('wrong-one'));
    await assert.rejects(wrong.write(path, fromBytes(Buffer.from('x'))), { code: 'UNAUTHENTICATED' });
  });
});

test('an upload of 20 MiB that is refused is told before its bytes are sent', { skip }, async () => {
  await withNginx({ isReadOnly: true }, async ({ url }) => {
    const driver = await openHttp({ url, options: { method: 'PUT' } });
    let given = 0;
    const source = { size: 20 << 20, async *open() { for (let turn = 0; turn < 20; turn += 1) { given += 1; yield Buffer.alloc(1 << 20); } } };
    await assert.rejects(driver.write(path, source), { code: 'UNSUPPORTED' });
    assert.equal(given, 0);
  });
});

test('a client certificate and an own authority are enough for TLS, and both are needed', { skip }, async () => {
  const certificates = makeCertificates();
  await withNginx({ certificates, wantsClientCertificate: true }, async ({ url, dataFolder }) => {
    writeFileSync(join(dataFolder, 'a'), 'data');
    const options = { ssl_verify: certificates.ca, cert_path: certificates.client.certificate, key_path: certificates.client.key };
    const driver = await openHttp({ url, options });
    assert.equal(Buffer.from(await gather((await driver.read(parsePath('a'))).body, 10)).toString(), 'data');
    await assert.rejects((await openHttp({ url, options: { ssl_verify: certificates.ca } })).read(parsePath('a')), { code: 'INVALID_ARGUMENT' });
    await assert.rejects((await openHttp({ url })).read(parsePath('a')), { code: 'UNAVAILABLE', retryable: false });
  });
  certificates.remove();
});

test('through a real proxy, for http and for https, with its credentials', { skip }, async () => {
  const certificates = makeCertificates();
  const proxy = await startTinyproxy({ credentials: { user: 'pat', password: 'pp' } });
  try {
    for (const [options, settings] of [[{}, {}], [{ certificates }, { ssl_verify: certificates.ca }]] as const) {
      await withNginx(options, async ({ url, dataFolder }) => {
        writeFileSync(join(dataFolder, 'a'), 'data');
        const connect = (login: string): ReturnType<typeof createConnect> => {
          const address = proxy.url.replace('//', `//${login}`);
          return createConnect({ env: { http_proxy: address, https_proxy: address }, now: Date.now, warn: () => undefined }, { readFile: (file) => readFile(file) });
        };
        const driver = await openHttp({ url, options: settings, opening: { ...openingIn('/nonexistent'), connect: connect('pat:pp@') } });
        assert.equal(Buffer.from(await gather((await driver.read(parsePath('a'))).body, 10)).toString(), 'data');
        const refused = await openHttp({ url, options: settings, opening: { connect: connect('') } });
        await assert.rejects(refused.read(parsePath('a')), { code: 'UNAUTHENTICATED' });
      });
    }
    assert.match(proxy.requests().join('\n'), /GET http:.*\n(.*\n)*CONNECT 127/);
  } finally {
    await proxy.stop();
    certificates.remove();
  }
});

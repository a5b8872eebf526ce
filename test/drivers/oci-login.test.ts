import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runProgram } from '../../src/cli/run-program.ts';
import { describeBytes, expectBytes, expectCode, makeManifest, pushBytes, pushMade } from '../../src/oci/conformance/material.ts';
import { openRegistryStore, type RegistryLent, type RegistrySettings } from '../../src/oci/store.ts';
import type { ArtifactStore } from '../../src/storage/artifacts.ts';
import { pattern } from '../../src/storage/conformance/material.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { type RegistryServer, startRegistry } from '../servers/registry.ts';
import { type RegistryTokens, startRegistryTokens, type TokenOptions } from '../servers/registry-tokens.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

const USER = { user: 'alice', password: 's3cret:with/all?' };
const AUTH = Buffer.from(`${USER.user}:${USER.password}`).toString('base64');
const missing = whyMissing('registry', 'openssl');
const bytes = pattern(2_000);

/** A registry with its token service, and a home of its own. */
interface Machine { readonly server: RegistryServer; readonly tokens: RegistryTokens; readonly home: string; stop(): Promise<void> }

async function start(options: Partial<TokenOptions> = {}): Promise<Machine> {
  const tokens = await startRegistryTokens({ ...USER, ...options });
  const server = await startRegistry('registry', { tokens });
  const home = temporaryFolder('oci-home');
  return { server, tokens, home, stop: async () => { await Promise.all([server.stop(), tokens.stop()]); removeFolder(home); } };
}

function open({ server, home }: Machine, settings: RegistrySettings = {}, lent: Partial<RegistryLent> & { readonly name?: string } = {}): ArtifactStore {
  return openRegistryStore({ host: server.authority, name: lent.name ?? 'team/data' }, settings, { ...openingIn(home), ...lent });
}

/** A program of the name, that answers as credential helpers do, and keeps what it was asked. */
function addHelper(machine: Machine, suffix: string, script: string): NonNullable<RegistryLent['runProgram']> {
  const file = join(machine.home, `docker-credential-${suffix}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return async (run) => await runProgram(run, { PATH: `${machine.home}:${process.env['PATH'] ?? ''}`, HOME: machine.home });
}

function writeConfig({ home }: Machine, config: object, path = '.docker/config.json'): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config));
  return file;
}

describe('logging in to a registry with a token service', { skip: missing ?? false }, () => {
  let machine: Machine;
  before(async () => { machine = await start({ refreshToken: 'identity' }); });
  after(async () => { await machine.stop(); });

  it('asks once for a token, whoever waits, and for no more than is to be done', async () => {
    const store = open(machine, USER);
    const from = machine.tokens.asked.length;

    await Promise.all(Array.from({ length: 6 }, async (_, index) => await store.exists(describeBytes(pattern(10 + index)))));
    await Promise.all(Array.from({ length: 6 }, async (_, index) => await pushBytes(store, pattern(100 + index))));
    await store.exists(describeBytes(pattern(10)));

    assert.deepEqual(machine.tokens.asked.slice(from).map(({ method, scopes, user }) => [method, scopes, user]), [['GET', ['repository:team/data:pull'], 'alice'], ['GET', ['repository:team/data:pull,push'], 'alice']]);
  });

  it('asks for both repositories to mount from one, and for delete to delete', async () => {
    const blob = await pushBytes(open(machine, USER, { name: 'team/source' }), bytes);
    const store = open(machine, USER, { name: 'team/target' });
    const from = machine.tokens.asked.length;

    const { how } = await store.push(blob, { ...fromBytes(bytes), origin: open(machine, USER, { name: 'team/source' }).origin(blob) });
    await store.delete(blob);

    assert.equal(how, 'mounted');
    assert.deepEqual(machine.tokens.asked.slice(from).map(({ scopes }) => scopes), [['repository:team/source:pull', 'repository:team/target:pull,push'], ['repository:team/target:delete,pull,push']]);
  });

  it('pulls as nobody, and says what to do when that is not enough', async () => {
    const blob = await pushBytes(open(machine, USER), bytes);
    const nobody = open(machine);

    await expectBytes(nobody, blob, bytes);
    await assert.rejects(pushBytes(nobody, pattern(5)), { code: 'UNAUTHENTICATED', hint: /docker login/ });
  });

  it('fetches another token when the one it has is nearly over', async () => {
    let now = Date.now();
    const store = open(machine, USER, { now: () => now });
    const from = machine.tokens.asked.length;

    await store.exists(describeBytes(bytes));
    now += 299_000;
    await store.exists(describeBytes(bytes));

    assert.equal(machine.tokens.asked.length - from, 2);
  });

  it('is refused where even a new token is, and asks no more', async () => {
    const expired = await start({ seconds: -600 });
    try {
      await assert.rejects(open(expired, USER).exists(describeBytes(bytes)), { code: 'UNAUTHENTICATED' });
      assert.equal(expired.tokens.asked.length, 1);
    } finally {
      await expired.stop();
    }
  });

  it('says that a password is wrong, without it', async () => {
    await assert.rejects(open(machine, { ...USER, password: 'wr0ng-secret' }).exists(describeBytes(bytes)), (error: Error) => {
      assert.match(error.message, /token.*401/);
      assert.doesNotMatch(JSON.stringify(error) + error.message, /wr0ng/);
      return true;
    });
    await expectCode(open(machine, { user: 'alice' }).exists(describeBytes(bytes)), 'INVALID_CONFIG');
  });

  it('sends a token it was given as it is', async () => {
    const answer = await fetch(`${machine.tokens.realm}?service=${machine.tokens.service}&scope=repository:team/data:pull,push`, { headers: { authorization: `Basic ${AUTH}` } });
    const { token } = await answer.json() as { readonly token: string };
    const from = machine.tokens.asked.length;

    await pushBytes(open(machine, { token }), pattern(30));

    assert.equal(machine.tokens.asked.length, from);
  });

  it('takes ORAS_USERNAME and ORAS_PASSWORD', async () => {
    const { env } = openingIn(machine.home);
    await pushBytes(open(machine, {}, { env: { ...env, ORAS_USERNAME: USER.user, ORAS_PASSWORD: USER.password } }), pattern(31));
  });

  it("takes Docker's configuration: an entry, an identity token, a registry of its own folder", async () => {
    const host = machine.server.authority;
    writeConfig(machine, { auths: { [`https://${host}/v2/`]: { auth: AUTH } } });
    await pushBytes(open(machine), pattern(32));
    const from = machine.tokens.asked.length;

    writeConfig(machine, { auths: { [host]: { auth: Buffer.from('00000000-0000-0000-0000-000000000000:').toString('base64'), identitytoken: 'identity' } } });
    await pushBytes(open(machine), pattern(33));
    const { env } = openingIn(machine.home);
    writeConfig(machine, {});
    writeConfig(machine, { auths: { [host]: { username: USER.user, password: USER.password } } }, 'elsewhere/config.json');
    await pushBytes(open(machine, {}, { env: { ...env, DOCKER_CONFIG: join(machine.home, 'elsewhere') } }), pattern(34));

    assert.deepEqual(machine.tokens.asked.slice(from).map(({ method }) => method), ['POST', 'GET']);
  });

  it("takes Podman's file, the longest name that fits", async () => {
    const host = machine.server.authority;
    writeConfig(machine, {});
    const file = writeConfig(machine, { auths: { [host]: { auth: 'eDp5' }, [`${host}/team`]: { auth: AUTH }, [`${host}/tea`]: { auth: 'eDp5' } } }, 'podman/auth.json');
    const { env } = openingIn(machine.home);

    await pushBytes(open(machine, {}, { env: { ...env, REGISTRY_AUTH_FILE: file } }), pattern(35));
  });

  it('asks the credential helpers, that of the host before that of all', async () => {
    const host = machine.server.authority;
    const answer = `printf '{"ServerURL":"","Username":"%s","Secret":"%s"}'`;
    addHelper(machine, 'wrong', `${answer} alice wrong`);
    const run = addHelper(machine, 'right', `cat > "$HOME/asked"; [ "$1" = get ] && [ "$(cat "$HOME/asked")" = "${host}" ] && ${answer} alice '${USER.password}'`);

    writeConfig(machine, { credsStore: 'wrong', credHelpers: { [host]: 'right' } });
    await pushBytes(open(machine, {}, { runProgram: run }), pattern(36));
    writeConfig(machine, { credsStore: 'right', auths: { [host]: {} } });
    await pushBytes(open(machine, {}, { runProgram: run }), pattern(37));
    addHelper(machine, 'identity', `${answer} '<token>' identity`);
    writeConfig(machine, { credsStore: 'identity' });
    await pushBytes(open(machine, {}, { runProgram: run }), pattern(38));
  });

  it('is nobody where a helper has nothing, and says so where it fails or is none', async () => {
    const blob = await pushBytes(open(machine, USER), bytes);
    const run = addHelper(machine, 'empty', 'echo "credentials not found in native keychain"; exit 1');
    writeConfig(machine, { credsStore: 'empty' });
    await expectBytes(open(machine, {}, { runProgram: run }), blob, bytes);

    addHelper(machine, 'broken', 'echo s3cret-of-helper; exit 3');
    writeConfig(machine, { credsStore: 'broken' });
    await assert.rejects(open(machine, {}, { runProgram: run }).exists(blob), (error: Error) => /docker-credential-broken.*ended with 3/.test(error.message) && !error.message.includes('s3cret'));
    writeConfig(machine, { credsStore: 'absent' });
    await assert.rejects(open(machine, {}, { runProgram: run }).exists(blob), { code: 'UNAUTHENTICATED', message: /docker-credential-absent/ });
    writeConfig(machine, { credsStore: '../evil' });
    await expectCode(open(machine, {}, { runProgram: run }).exists(blob), 'INVALID_CONFIG');
    writeConfig(machine, {});
  });
});

describe('token services that know one way only', { skip: missing ?? false }, () => {
  for (const [name, options, settings, methods] of [
    ['a password goes by POST where GET is refused', { refuses: { GET: 405 } }, USER, ['GET', 'POST']],
    ['a refresh token goes by GET where POST is refused', { refuses: { POST: 404 } }, undefined, ['POST', 'GET']],
  ] as const) {
    it(name, async () => {
      const machine = await start({ ...options, ...(settings === undefined && { user: '<token>', password: 'identity' }) });
      try {
        if (settings === undefined) writeConfig(machine, { auths: { [machine.server.authority]: { identitytoken: 'identity' } } });
        await pushMade(open(machine, settings), makeManifest());

        assert.deepEqual(machine.tokens.asked.map(({ method }) => method), methods);
      } finally {
        await machine.stop();
      }
    });
  }
});

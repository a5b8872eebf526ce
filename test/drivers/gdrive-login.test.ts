import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { hasCode, TowlineError } from '../../src/errors.ts';
import type { Opening } from '../../src/storage/definition.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { judgeProgram, whyMissing } from '../judges.ts';
import { projectFolder } from '../project.ts';
import { type DriveFake, startDriveFake } from '../servers/drive-fake.ts';
import { credentialsOf, type DriveRemote, openDrive } from '../servers/open-drive.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

const path = parsePath('object');
const hello = fromBytes(Buffer.from('hello'));
const run = promisify(execFile);
type Person = Required<Pick<Opening, 'ask'>> & Pick<Opening, 'browse'>;

describe('logging in to Google Drive', () => {
  let fake: DriveFake;
  let home: string;
  before(async () => { fake = await startDriveFake(); });
  beforeEach(() => {
    home = temporaryFolder('gdrive-login');
    fake.auth.grants.length = 0;
    fake.requests.length = 0;
    fake.auth.person = { email: 'ann@example.com', consents: true };
  });
  afterEach(() => { removeFolder(home); });
  after(async () => { await fake.stop(); });

  const client = (): Record<string, string> => ({ gdrive_client_id: fake.auth.client.id, gdrive_client_secret: fake.auth.client.secret });
  /** Writes one object, and says who the service took us for. */
  const write = async (remote: DriveRemote): Promise<void> => {
    const driver = await openDrive(fake, { home, env: {}, ...remote });
    try {
      await driver.write(path, hello);
    } finally {
      await driver.close?.();
    }
  };
  const refusal = async (remote: DriveRemote): Promise<TowlineError> => {
    try {
      await write(remote);
    } catch (error) {
      if (error instanceof TowlineError) return error;
      throw error;
    }
    return assert.fail('it logged in');
  };
  const lastUser = (): string | undefined => fake.auth.whoHas(fake.requests.findLast(({ authorization }) => authorization !== undefined)?.authorization);
  const follow = async (url: string): Promise<string> => await new Promise((resolve, reject) => { get(url, (response) => { response.resume(); resolve(response.headers.location ?? ''); }).on('error', reject); });
  const visit = async (url: string): Promise<number> => await new Promise((resolve, reject) => { get(url, (response) => { response.resume(); resolve(response.statusCode ?? 0); }).on('error', reject); });
  const addressIn = (text: string): string => /^ {4}(http\S+)$/m.exec(text)?.[1] ?? assert.fail(`no address in: ${text}`);
  const never = new Promise<string>(() => undefined);
  /** A person whose browser is on this machine. */
  const atBrowser: Person = { ask: async () => await never, browse: (url) => { void follow(url).then(visit); } };
  const keptIn = (file: string): Record<string, unknown> => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

  describe('as a person', () => {
    it('GDRIVE_CREDENTIALS_DATA holds the login, wins over the file, and is not written anywhere', async () => {
      const file = join(home, 'login.json');
      writeFileSync(file, credentialsOf(fake, 'file@example.com'));
      await write({ env: { GDRIVE_CREDENTIALS_DATA: credentialsOf(fake, 'env@example.com') }, options: { ...client(), gdrive_user_credentials_file: file } });

      assert.equal(lastUser(), 'env@example.com');
      assert.equal(keptIn(file)['access_token'], 'ya29.old');
    });

    it('gdrive_user_credentials_file is read, renewed in the form of PyDrive2, mode 0600, and its token is used again', async () => {
      const file = join(home, 'login.json');
      writeFileSync(file, JSON.stringify({ ...JSON.parse(credentialsOf(fake)) as object, from_elsewhere: 1 }), { mode: 0o644 });
      await write({ options: { ...client(), gdrive_user_credentials_file: file } });
      await write({ options: { ...client(), gdrive_user_credentials_file: file } });

      assert.deepEqual(fake.auth.grants, ['refresh_token']);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const kept = keptIn(file);
      assert.equal(fake.auth.whoHas(`Bearer ${String(kept['access_token'])}`), 'ann@example.com');
      assert.match(String(kept['token_expiry']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.deepEqual([kept['_class'], kept['_module'], kept['invalid'], kept['from_elsewhere'], kept['client_id']], ['OAuth2Credentials', 'oauth2client.client', false, 1, fake.auth.client.id]);
    });

    it("lies in DVC's place otherwise, by client and profile", async () => {
      for (const [profile, name] of [[undefined, 'default'], ['work', 'work']] as const) {
        const file = join(home, '.cache/pydrive2fs', fake.auth.client.id, `${name}.json`);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, credentialsOf(fake, `${name}@example.com`));
        await write({ options: { ...client(), ...(profile !== undefined && { profile }) } });
        assert.equal(lastUser(), `${name}@example.com`);
      }
    });

    it("a login that DVC's own client once gave is still used", async () => {
      const file = join(home, '.cache/pydrive2fs/710796635688-iivsgbgsb6uv1fap6635dhvuei09o66c.apps.googleusercontent.com/default.json');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, credentialsOf(fake));
      await write({});
      assert.equal(lastUser(), 'ann@example.com');
    });

    it('a profile or client that would lead elsewhere on this disk is refused', async () => {
      for (const options of [{ ...client(), profile: '../../evil' }, { gdrive_client_id: '..', gdrive_client_secret: 's' }]) assert.equal((await refusal({ options })).code, 'INVALID_CONFIG');
    });

    it('a token that the service refuses early is renewed once', async () => {
      const driver = await openDrive(fake, { home, env: { GDRIVE_CREDENTIALS_DATA: credentialsOf(fake) } });
      await driver.write(path, hello);
      fake.auth.revokeAccess();
      await driver.stat(path);
      assert.deepEqual(fake.auth.grants, ['refresh_token', 'refresh_token']);
      await driver.close?.();
    });

    it('a login that has ended is told with what to do, without a secret', async () => {
      const login = credentialsOf(fake);
      fake.auth.revokeRefresh();
      const { code, message, hint } = await refusal({ env: { GDRIVE_CREDENTIALS_DATA: login } });
      assert.equal(code, 'UNAUTHENTICATED');
      assert.match(`${message} ${String(hint)}`, /expired.*Testing/s);
      assert.doesNotMatch(`${message} ${String(hint)}`, /client-secret|1\/\/0/);
    });

    it('what is no login is refused without showing it', async () => {
      for (const text of ['{"refresh_token": "s3cret', '["s3cret"]', '{"refresh_token":"s3cret"}', fake.auth.serviceAccount('robot@x').json]) {
        const { code, message } = await refusal({ env: { GDRIVE_CREDENTIALS_DATA: text } });
        assert.equal(code, 'INVALID_CONFIG');
        assert.doesNotMatch(message, /s3cret|PRIVATE KEY/);
      }
    });
  });

  describe('for the first time', () => {
    it('opens a browser, takes the answer on a port of this machine, and keeps the login for its owner only', async () => {
      await write({ options: client(), opening: atBrowser });

      const file = join(home, '.cache/pydrive2fs', fake.auth.client.id, 'default.json');
      assert.equal(lastUser(), 'ann@example.com');
      assert.deepEqual([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777], [0o600, 0o700]);
      const page = fake.requests.find(({ path: one }) => one === '/o/oauth2/v2/auth')?.query;
      assert.deepEqual(['access_type', 'prompt', 'response_type', 'code_challenge_method', 'scope'].map((name) => page?.get(name)), ['offline', 'consent', 'code', 'S256', 'https://www.googleapis.com/auth/drive https://www.googleapis.com/auth/drive.appdata']);
      assert.match(page?.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/$/);
      await write({ options: client() });
      assert.deepEqual(fake.auth.grants, ['authorization_code']);
    });

    it('takes the address where a browser on another machine ended', async () => {
      const asked: string[] = [];
      const ask: Person['ask'] = async ({ text }) => {
        asked.push(text);
        return asked.length === 1 ? 'what?' : `  ${await follow(addressIn(asked[0] ?? ''))}\n`;
      };
      await write({ options: client(), opening: { ask } });
      assert.equal(asked.length, 2);
      assert.equal(lastUser(), 'ann@example.com');
    });

    it('takes the code alone as well', async () => {
      const ask: Person['ask'] = async ({ text }) => new URL(await follow(addressIn(text))).searchParams.get('code') ?? '';
      await write({ options: client(), opening: { ask } });
      assert.equal(lastUser(), 'ann@example.com');
    });

    it('an answer without our state is not taken, and the right one after it is', async () => {
      const seen: number[] = [];
      const browse = (url: string): void => {
        void (async () => {
          const right = await follow(url);
          const forged = new URL(right);
          forged.searchParams.set('state', 'another');
          seen.push(await visit(forged.href), await visit(`${forged.origin}/favicon.ico`));
          seen.push(await visit(right));
        })();
      };
      await write({ options: client(), opening: { ...atBrowser, browse } });
      assert.deepEqual(seen, [400, 404, 200]);
    });

    it('the address of another login, pasted three times, is refused', async () => {
      const { code } = await refusal({ options: client(), opening: { ask: async () => 'http://127.0.0.1:1/?state=another&code=4/0Aabcdefgh' } });
      assert.equal(code, 'UNAUTHENTICATED');
      assert.deepEqual(fake.auth.grants, []);
    });

    it('a person who refuses is told so', async () => {
      fake.auth.person = { email: 'ann@example.com', consents: false };
      const { code, message } = await refusal({ options: client(), opening: atBrowser });
      assert.deepEqual([code, /access_denied/.test(message)], ['PERMISSION_DENIED', true]);
    });

    it('many calls at once ask once', async () => {
      let asked = 0;
      const driver = await openDrive(fake, { home, env: {}, options: client(), opening: { ...atBrowser, ask: async () => { asked++; return await never; } } });
      await Promise.allSettled(Array.from({ length: 8 }, async (_, index) => await driver.stat(parsePath(`absent-${index}`))));
      assert.equal(asked, 1);
      await driver.close?.();
    });

    it('one who gives up within the time is not asked again, and one who never answers ends with TIMEOUT', async () => {
      const { code } = await refusal({ options: client(), opening: { ask: async () => await never, wait: async (milliseconds) => { assert.equal(milliseconds, 600_000); } } });
      assert.equal(code, 'TIMEOUT');
    });

    it('a login that has ended is made anew where somebody can be asked', async () => {
      const file = join(home, 'login.json');
      writeFileSync(file, credentialsOf(fake, 'old@example.com'));
      fake.auth.revokeRefresh();
      const warnings: string[] = [];
      await write({ options: { ...client(), gdrive_user_credentials_file: file }, opening: { ...atBrowser, warn: ({ code }) => { warnings.push(code); } } });
      assert.deepEqual([lastUser(), warnings], ['ann@example.com', ['LOGIN_ENDED']]);
    });

    it('without a client of one\'s own it is said that Google blocks that of DVC, and how to make one (#10516, #9876)', async () => {
      const { code, message, hint } = await refusal({ opening: atBrowser });
      assert.equal(code, 'UNAUTHENTICATED');
      assert.match(message, /Google blocks the app that DVC logs in with/);
      assert.match(hint ?? '', /gdrive_client_id.*gdrive_use_service_account/s);
      assert.equal(fake.requests.length, 0);
    });

    it('where nobody can be asked, or GDRIVE_NON_INTERACTIVE forbids it, it is said', async () => {
      for (const remote of [{ options: client() }, { options: client(), opening: atBrowser, env: { GDRIVE_NON_INTERACTIVE: '1' } }]) {
        const { code, hint } = await refusal(remote);
        assert.equal(code, 'UNAUTHENTICATED');
        assert.match(hint ?? '', /GDRIVE_CREDENTIALS_DATA/);
      }
    });

    it('one half of a client is refused in the words of DVC', async () => {
      for (const options of [{ gdrive_client_id: 'x' }, { gdrive_client_secret: 'x' }]) {
        await assert.rejects(openDrive(fake, { home, env: {}, options }), (error) => hasCode(error, 'INVALID_CONFIG') && error.message === "Please specify GDrive's client ID and secret in DVC config or omit both to use the defaults.");
      }
    });

    it('PyDrive2 goes on with a login made here', { skip: whyMissing('python') ?? false }, async () => {
      const file = join(home, 'login.json');
      await write({ options: { ...client(), gdrive_user_credentials_file: file }, opening: atBrowser });
      // As old as after a night, so that it must be renewed.
      writeFileSync(file, JSON.stringify({ ...keptIn(file), token_expiry: '2020-01-01T00:00:00Z' }));
      const script = 'import sys, drive_redirect; from pydrive2.fs import GDriveFileSystem as G; print(G("root/data", client_id=sys.argv[1], client_secret=sys.argv[2], client_json_file_path=sys.argv[3]).ls("root/data"))';
      const env = { PATH: process.env['PATH'] ?? '', HOME: home, DRIVE_FAKE: fake.url, GDRIVE_NON_INTERACTIVE: '1', PYTHONPATH: join(projectFolder, 'test/servers'), PYTHONDONTWRITEBYTECODE: '1' };
      const { stdout } = await run(judgeProgram('python'), ['-c', script, fake.auth.client.id, fake.auth.client.secret, file], { env });
      assert.match(stdout, /root\/data\/object/);
      // And what it wrote is read here.
      fake.auth.grants.length = 0;
      await write({ options: { ...client(), gdrive_user_credentials_file: file } });
      assert.deepEqual(fake.auth.grants, []);
    });
  });

  describe('as a service account', () => {
    const robot = 'robot@test.iam.gserviceaccount.com';
    const account = (mayActFor: readonly string[] = []): string => fake.auth.serviceAccount(robot, { mayActFor, tokenUrl: `${fake.url}/token` }).json;
    const use = { gdrive_use_service_account: 'true' };

    it('gdrive_service_account_json_file_path holds its key, and wins over the environment', async () => {
      const file = join(home, 'key.json');
      writeFileSync(file, account());
      await write({ options: { ...use, gdrive_service_account_json_file_path: file }, env: { GDRIVE_CREDENTIALS_DATA: '{}' } });
      assert.equal(lastUser(), robot);
      assert.deepEqual(fake.auth.grants, ['urn:ietf:params:oauth:grant-type:jwt-bearer']);
    });

    it('GDRIVE_CREDENTIALS_DATA holds its key', async () => {
      await write({ options: use, env: { GDRIVE_CREDENTIALS_DATA: account() } });
      assert.equal(lastUser(), robot);
    });

    it('gdrive_service_account_user_email makes it act for a user, where that is allowed', async () => {
      const options = { ...use, gdrive_service_account_user_email: 'boss@example.com' };
      await write({ options, env: { GDRIVE_CREDENTIALS_DATA: account(['boss@example.com']) } });
      assert.equal(lastUser(), 'boss@example.com');

      const { code, message } = await refusal({ options, env: { GDRIVE_CREDENTIALS_DATA: account() } });
      assert.equal(code, 'UNAUTHENTICATED');
      assert.match(message, /acting for 'boss@example.com'/);
    });

    it('without a key it is refused in the words of DVC', async () => {
      await assert.rejects(openDrive(fake, { home, env: {}, options: use }), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.startsWith('To use service account, set `gdrive_service_account_json_file_path`'));
      assert.match((await refusal({ options: { ...use, gdrive_service_account_json_file_path: join(home, 'absent') } })).message, /does not exist/);
    });
  });

  it('the login goes to Google or to this machine only', async () => {
    for (const endpointurl of ['https://evil.example', 'http://www.googleapis.com', 'https://googleapis.com.evil.example', 'https://www.googleapis.com/x', 'evil']) {
      await assert.rejects(openDrive(fake, { options: { endpointurl } }), (error) => hasCode(error, 'INVALID_CONFIG'));
    }
  });
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { judgeProgram, judgesFolder, whyMissing } from '../judges.ts';
import { projectFolder } from '../project.ts';
import { type DriveFake, startDriveFake } from './drive-fake.ts';
import { FOLDER } from './drive-fake-store.ts';
import { credentialsOf, openDrive } from './open-drive.ts';
import { removeFolder, temporaryFolder } from './server.ts';

interface GoogleFile { readonly id: string; readonly name: string; readonly size?: string; readonly md5Checksum?: string; readonly driveId?: string }
type Call<T> = (request: object, options?: object) => Promise<{ readonly data: T; readonly status: number; readonly headers: unknown }>;
/** What is used here of Google's client for Node.js. */
interface GoogleDrive {
  readonly files: { readonly list: Call<{ readonly files: readonly GoogleFile[]; readonly nextPageToken?: string }>; readonly get: Call<GoogleFile>; readonly create: Call<GoogleFile>; readonly update: Call<GoogleFile>; readonly copy: Call<GoogleFile>; readonly delete: Call<unknown> };
  readonly about: { readonly get: Call<{ readonly user: { readonly emailAddress: string } }> };
}
interface GooglePackage {
  drive(options: object): GoogleDrive;
  readonly auth: { readonly OAuth2: new (options: object) => { setCredentials(credentials: object): void }; readonly JWT: unknown };
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const run = promisify(execFile);
const ALL = { supportsAllDrives: true, includeItemsFromAllDrives: true };

describe("the fake of Google Drive, judged by Google's client for Node.js", { skip: whyMissing('googleapis-drive') ?? false }, () => {
  let fake: DriveFake;
  let client: GoogleDrive;
  // Uploads and downloads do not follow the client's own rootUrl.
  const media = (): object => ({ rootUrl: `${fake.url}/` });
  const upload = (requestBody: object, bytes: Uint8Array): object => ({ requestBody, media: { mimeType: 'application/octet-stream', body: Readable.from([bytes]) }, fields: 'id,name,size,md5Checksum' });
  before(async () => {
    fake = await startDriveFake();
    // Not in types that can be installed here: the judge is no package of ours.
    const google = createRequire(join(judgesFolder, 'node', 'package.json'))('@googleapis/drive') as GooglePackage;
    const { id: clientId, secret: clientSecret } = fake.auth.client;
    const auth = new google.auth.OAuth2({ clientId, clientSecret, endpoints: { oauth2TokenUrl: `${fake.url}/token` } });
    auth.setCredentials({ refresh_token: fake.auth.refreshToken('ann@example.com') });
    client = google.drive({ version: 'v3', auth, rootUrl: `${fake.url}/`, retry: false });
  });
  after(async () => { await fake.stop(); });

  it('logs in by a refresh token', async () => {
    assert.equal((await client.about.get({ fields: 'user' })).data.user.emailAddress, 'ann@example.com');
  });

  it('makes two files of one name, finds both whatever the case, and pages', async () => {
    const folder = await client.files.create({ requestBody: { name: "it's a folder", mimeType: FOLDER, parents: ['root'] } });
    const parents = [folder.data.id];
    for (const name of ['twin', 'Twin', 'other']) await client.files.create(upload({ name, parents }, Buffer.from(name)), media());
    await client.files.create({ requestBody: { name: 'twin', parents } });

    const { data } = await client.files.list({ q: `'${folder.data.id}' in parents and name='twin' and trashed=false`, fields: 'files(id,name)', ...ALL });
    assert.deepEqual(data.files.map(({ name }) => name).sort(), ['Twin', 'twin', 'twin']);
    assert.deepEqual(Object.keys(data.files[0] ?? {}), ['id', 'name']);
    const first = await client.files.list({ q: `'${folder.data.id}' in parents`, pageSize: 3, fields: 'nextPageToken,files(name)' });
    const second = await client.files.list({ q: `'${folder.data.id}' in parents`, pageSize: 3, pageToken: first.data.nextPageToken, fields: 'nextPageToken,files(name)' });
    assert.deepEqual([first.data.files.length, second.data.files.length, second.data.nextPageToken], [3, 1, undefined]);
    const named = await client.files.list({ q: "name = 'it\\'s a folder' and mimeType = 'application/vnd.google-apps.folder'" });
    assert.deepEqual(named.data.files.map(({ id }) => id), parents);
  });

  it('stores bytes, gives back ranges, replaces, copies, trashes and deletes', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_001 }, (_, index) => index % 251));
    const made = (await client.files.create(upload({ name: 'x' }, bytes), media())).data;
    assert.deepEqual([made.size, made.md5Checksum], ['300001', md5(bytes)]);
    const part = await client.files.get({ fileId: made.id, alt: 'media' }, { ...media(), responseType: 'arraybuffer', headers: { range: 'bytes=10-19' } });
    assert.equal(part.status, 206);
    assert.deepEqual(Buffer.from(part.data as unknown as ArrayBuffer), bytes.subarray(10, 20));

    const replaced = await client.files.update({ fileId: made.id, ...upload({}, Buffer.from('new')) }, media());
    assert.deepEqual([replaced.data.id, replaced.data.md5Checksum], [made.id, md5(Buffer.from('new'))]);
    const copy = await client.files.copy({ fileId: made.id, requestBody: { name: 'y' }, fields: 'id,name,md5Checksum' });
    assert.deepEqual([copy.data.name, copy.data.md5Checksum], ['y', md5(Buffer.from('new'))]);
    await client.files.update({ fileId: made.id, requestBody: { trashed: true } });
    assert.equal((await client.files.list({ q: "name='x' and trashed=false" })).data.files.length, 0);
    await client.files.delete({ fileId: made.id });
    await assert.rejects(client.files.get({ fileId: made.id }), /File not found/);
  });

  it('shows a shared drive and the application data only to who asks for them', async () => {
    const driveId = fake.store.addDrive('Team');
    const made = (await client.files.create({ ...upload({ name: 'shared', parents: [driveId] }, Buffer.from('s')), supportsAllDrives: true }, media())).data;
    await assert.rejects(client.files.get({ fileId: made.id }), /File not found/);
    assert.equal((await client.files.get({ fileId: made.id, supportsAllDrives: true, fields: 'driveId' })).data.driveId, driveId);
    assert.equal((await client.files.list({ q: "name='shared'", ...ALL })).data.files.length, 0);
    assert.equal((await client.files.list({ q: "name='shared'", corpora: 'drive', driveId, ...ALL })).data.files.length, 1);
    await client.files.create(upload({ name: 'hidden', parents: ['appDataFolder'] }, Buffer.from('h')), media());
    assert.deepEqual([(await client.files.list({ q: "name='hidden'" })).data.files.length, (await client.files.list({ q: "name='hidden'", spaces: 'appDataFolder' })).data.files.length], [0, 1]);
  });

  it('refuses in the words of Google', async () => {
    const document = fake.store.add({ name: 'doc', parent: 'root', mimeType: 'application/vnd.google-apps.document' });
    await assert.rejects(client.files.get({ fileId: document.id, alt: 'media' }, { rootUrl: `${fake.url}/` }), /Only files with binary content/);
    await assert.rejects(client.files.list({ q: "name ~ 'x'" }), /Invalid Value/);
    fake.trouble({ status: 403, reason: 'userRateLimitExceeded' });
    await assert.rejects(client.about.get({ fields: 'user' }), (error) => error instanceof Error && JSON.stringify(error).includes('userRateLimitExceeded'));
  });
});

describe('the fake of Google Drive, judged by PyDrive2', { skip: whyMissing('python') ?? false }, () => {
  let fake: DriveFake;
  before(async () => { fake = await startDriveFake(); });
  after(async () => { await fake.stop(); });
  const judge = async (settings: object): Promise<Readonly<Record<string, unknown>>> => {
    const folder = temporaryFolder('pydrive2');
    const { stdout } = await run(judgeProgram('python'), [join(projectFolder, 'test/servers/pydrive2-judge.py'), JSON.stringify({ target: join(folder, 'got'), ...settings })], {
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, DRIVE_FAKE: fake.url, GDRIVE_NON_INTERACTIVE: '1' }, maxBuffer: 1 << 24,
    });
    removeFolder(folder);
    return JSON.parse(stdout.split('\n').at(-2) ?? '') as Readonly<Record<string, unknown>>;
  };

  for (const login of ['a person in My Drive', 'a service account in a shared drive']) {
    it(`as ${login}, and it reads what Towline wrote`, async () => {
      const isPerson = login.startsWith('a person');
      const place = isPerson ? 'root' : fake.store.addDrive('Team');
      fake.store.add({ name: 'base', parent: place, mimeType: FOLDER });
      const driver = await openDrive(fake, { url: `gdrive://${place}/base` });
      await driver.write(parsePath("ours/it's"), fromBytes(Buffer.from('by tow')));
      await driver.close?.();
      const { id, secret } = fake.auth.client;
      const account = fake.auth.serviceAccount('robot@test.iam.gserviceaccount.com', { tokenUrl: `${fake.url}/token` });

      const found = await judge({ root: place, towline: "ours/it's", login: isPerson ? { client_id: id, client_secret: secret, client_json: credentialsOf(fake) } : { use_service_account: true, client_json: account.json } });

      const below = (name: string): string => `${place}/base/${name}`;
      assert.deepEqual(found, {
        listed: [below('made/empty'), below("made/it's 100% #1 ü"), below('made/plain'), below("ours/it's")].sort(), folder: [below('made/'), below('ours/')],
        info: { name: below('made/plain'), type: 'file', size: 5000, checksum: md5(Buffer.from('plain'.repeat(1000))) }, twins: 2, absent: [404, 'notFound'], 'written by towline': 'by tow',
      });
    });
  }
});

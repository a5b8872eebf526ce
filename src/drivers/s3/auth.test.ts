import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { createLogin } from './auth.ts';
import { options as table, type S3Options } from './options.ts';
import { chooseProfile } from './settings.ts';

const initial = Object.fromEntries(Object.entries(table).map(([key, option]) => [key, option.initial])) as unknown as S3Options;
const runtime = (env: Record<string, string> = {}): Runtime => ({
  env, platform: 'linux', home: '/nowhere', processors: 1, now: () => 0, wait: async () => undefined, randomBytes: (count) => new Uint8Array(count), warn: () => undefined,
});
const login = (options: Partial<S3Options>, env: Record<string, string> = {}): ReturnType<typeof createLogin> => {
  const all = { ...initial, ...options };
  return createLogin(all, { profile: chooseProfile(all, runtime(env)), region: 'us-east-1' }, runtime(env));
};
const keys = { AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'S', AWS_SESSION_TOKEN: 'T' };

describe('credentials', () => {
  it('are those of the remote before those of the environment', () => {
    assert.deepEqual(login({ access_key_id: 'A', secret_access_key: 'B' }, keys).current(0), { accessKeyId: 'A', secretAccessKey: 'B' });
    assert.deepEqual(login({}, keys).current(0), { accessKeyId: 'E', secretAccessKey: 'S', sessionToken: 'T' });
    assert.equal(login({ allow_anonymous_login: true }, keys).current(0), 'anonymous');
  });

  it('of the environment do not count where the profile option is set', () => {
    assert.equal(login({ profile: 'lab' }, keys).current(0), undefined);
  });

  it('that are half given are refused', () => {
    assert.throws(() => login({ access_key_id: 'A' }), (error) => hasCode(error, 'INVALID_CONFIG'));
    assert.throws(() => login({}, { AWS_SECRET_ACCESS_KEY: 'hidden' }), (error) => hasCode(error, 'INVALID_CONFIG') && !error.message.includes('hidden'));
  });

  it("are found by AWS's own chain in the files that the remote names", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'towline-auth-'));
    writeFileSync(join(folder, 'credentials'), '[lab]\naws_access_key_id = K\naws_secret_access_key = V\naws_session_token = W\n');
    try {
      const found = await login({ profile: 'lab', credentialpath: join(folder, 'credentials'), configpath: join(folder, 'config') }).renew();

      assert.deepEqual(found, { accessKeyId: 'K', secretAccessKey: 'V', sessionToken: 'W' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

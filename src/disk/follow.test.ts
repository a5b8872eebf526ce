import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { hasCode } from '../errors.ts';
import { type Follower, type FollowerSettings, followers, startFollower } from './follow.ts';
import { hashBytes } from './hasher.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-follow-'));
after(() => { fs.rmSync(root, { recursive: true }); });

async function started(settings: FollowerSettings): Promise<Follower> {
  return (await startFollower(settings)) ?? assert.fail('no thread can be started here');
}

async function untilNoneRuns(): Promise<void> {
  for (let turn = 0; followers() > 0 && turn < 500; turn += 1) await wait(10);
  assert.equal(followers(), 0);
}

describe('a file that is hashed in a thread of its own', () => {
  for (const name of ['md5', 'md5-dos2unix'] as const) {
    it(`has its ${name} when all of it has come, piece by piece`, async () => {
      const bytes = Buffer.concat([Buffer.from('text\r\n'.repeat(50_000)), randomBytes(2_000_003)]);
      const path = join(root, `grows-${name}`);
      fs.writeFileSync(path, Buffer.alloc(bytes.byteLength));
      const follower = await started({ path, name });
      const file = fs.openSync(path, 'r+');
      for (let at = 0; at < bytes.byteLength; at += 300_000) {
        const end = Math.min(at + 300_000, bytes.byteLength);
        fs.writeSync(file, bytes, at, end - at, at);
        follower.follow(end);
        if (at % 900_000 === 0) await wait(5);
      }
      fs.closeSync(file);

      assert.equal(await follower.digest(), hashBytes(name, bytes));

      follower.stop();
      follower.stop();
      await untilNoneRuns();
    });
  }

  it('has another digest when it ends before', async () => {
    const path = join(root, 'short');
    fs.writeFileSync(path, 'short');
    const follower = await started({ path, name: 'md5' });
    follower.follow(5_000_000);

    assert.equal(await follower.digest(), hashBytes('md5', Buffer.from('short')));
    follower.stop();
  });

  it('has none when it cannot be read, and that is said', async () => {
    const follower = await started({ path: join(root, 'absent'), name: 'md5' });
    follower.follow(10);

    await assert.rejects(follower.digest(), (error) => hasCode(error, 'NOT_FOUND') && /absent/.test(error.message));
    follower.stop();
  });

  it('has none when it is stopped: nobody waits for ever', async () => {
    const path = join(root, 'long');
    fs.writeFileSync(path, Buffer.alloc(50_000_000));
    const follower = await started({ path, name: 'md5' });
    follower.follow(50_000_000);
    const digest = follower.digest();
    follower.stop();

    await assert.rejects(digest, /has ended/);
    await untilNoneRuns();
  });
});

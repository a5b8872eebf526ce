import assert from 'node:assert/strict';
import { createDecipheriv, hkdfSync, scryptSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { memoryPods } from '../../../test/pods-lent.ts';
import { randomFor } from '../../../test/seed.ts';
import { gather } from '../../storage/content.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import type { PodStore } from '../pod.ts';
import { encryptedPods, plainPods } from './encrypted-pods.ts';
import { FORMAT_BYTES } from './header.ts';
import { sealed, unsealed } from './sealed-source.ts';

const NOTES = { notes: { services: [] } };
const bytesOf = async (source: Source, range = {}): Promise<Buffer> => Buffer.from(await gather(source.open(range), 1 << 26));
const noise = (size: number): Buffer => { const random = randomFor(`noise ${size}`); return Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256))); };
const seal = { key: Buffer.alloc(32, 7), header: Buffer.alloc(FORMAT_BYTES, 1), chunkBytes: 4096 };
const opened = (cipher: Buffer): Source => unsealed({ ...fromBytes(cipher), size: cipher.length }, { seal, where: 'it' });
const sealedBytes = async (plain: Buffer): Promise<Buffer> => await bytesOf(sealed({ ...fromBytes(plain), size: plain.length }, seal));

describe('a sealed source', () => {
  it('gives back every length and every range', async () => {
    const random = randomFor('ranges');
    for (const size of [0, 1, 4095, 4096, 4097, 8192, 20_000]) {
      const plain = noise(size);
      const cipher = sealed({ ...fromBytes(plain), size }, seal);
      const whole = await bytesOf(cipher);
      assert.equal(whole.length, cipher.size);
      assert.deepEqual(await bytesOf(opened(whole)), plain, String(size));
      for (let round = 0; round < 40; round++) {
        const [start, end] = [Math.floor(random() * (size + 2)), Math.floor(random() * (size + 2))].sort((a, b) => a - b);
        assert.deepEqual(await bytesOf(opened(whole), { start, end }), plain.subarray(start, end), `${size} ${start}-${end}`);
        assert.deepEqual(await bytesOf(cipher, { start, end }), whole.subarray(start, end), `${size} ${start}-${end}`);
      }
    }
  });

  it('gives nothing of what was changed, cut off, put in another order or made longer', async () => {
    const plain = noise(10_000);
    const whole = await sealedBytes(plain);
    const [body, stride] = [whole.subarray(FORMAT_BYTES), 4096 + 16];
    const header = whole.subarray(0, FORMAT_BYTES);
    const wrong = [
      ...[FORMAT_BYTES, FORMAT_BYTES + 4095, FORMAT_BYTES + 5000, whole.length - 1, whole.length - 17].map((at) => { const copy = Buffer.from(whole); copy[at] = (copy[at] ?? 0) ^ 1; return copy; }),
      ...[1, 16, 17, 10_000 - 8192 + 16, 5000].map((less) => whole.subarray(0, whole.length - less)),
      Buffer.concat([header, body.subarray(stride, 2 * stride), body.subarray(0, stride), body.subarray(2 * stride)]),
      Buffer.concat([header, body.subarray(stride)]),
      Buffer.concat([whole, body.subarray(0, stride)]), Buffer.concat([whole, Buffer.alloc(1)]), header, Buffer.alloc(0),
    ];
    for (const [at, cipher] of wrong.entries()) await assert.rejects(async () => await bytesOf(opened(cipher)), { code: 'CORRUPT' }, String(at));
  });
});

/** A store and its bytes, so that what lies there can be looked at. */
async function stored(store: PodStore, name = 'env'): Promise<Buffer> {
  return await bytesOf((await store.load(name, undefined)).state);
}

describe('encrypted pods', () => {
  it('store nothing in the clear, and give back what was saved to who has the secret', async () => {
    const inner = memoryPods();
    const plain = Buffer.from('the very plain text '.repeat(10_000));
    const pods = encryptedPods(inner, 'correct horse');
    const { version, keyId, size } = await pods.save('env', fromBytes(plain), NOTES);

    const there = await stored(inner);
    assert.equal(there.includes('very plain'), false);
    assert.deepEqual([version, size, /^[0-9a-f]{16}$/.test(keyId ?? '')], [1, there.length, true]);
    assert.deepEqual(await stored(pods), plain);
    await assert.rejects(stored(encryptedPods(inner, 'wrong horse')), { code: 'UNAUTHENTICATED', message: new RegExp(`key ${keyId}, and this one is`) });
    await assert.rejects(stored(plainPods(inner)), { code: 'UNAUTHENTICATED', message: new RegExp(`encrypted \\(key ${keyId}\\)`), hint: /--secret/ });
    assert.equal((await plainPods(inner).versions('env'))[0]?.keyId, keyId);
  });

  it('one secret is one key in all versions, another secret is another; no two states share their bytes', async () => {
    const inner = memoryPods();
    const state = fromBytes(Buffer.from('same'));
    const ids: (string | undefined)[] = [];
    const bytes: string[] = [];
    for (const secret of ['one', 'one', 'two']) {
      ids.push((await encryptedPods(inner, secret).save('env', state, NOTES)).keyId);
      bytes.push((await stored(inner)).toString('hex'));
    }
    assert.ok(ids[0] === ids[1] && ids[1] !== ids[2]);
    assert.equal(new Set(bytes).size, 3);
  });

  it('nothing slips in or out unencrypted by mistake', async () => {
    const inner = memoryPods();
    await encryptedPods(inner, 'one').save('env', fromBytes(Buffer.from('x')), NOTES);
    await assert.rejects(plainPods(inner).save('env', fromBytes(Buffer.from('x')), NOTES), { code: 'PRECONDITION_FAILED', message: /this version would not be/ });
    await inner.save('env', fromBytes(Buffer.alloc(200, 'planted')), NOTES);
    await assert.rejects(stored(encryptedPods(inner, 'one')), { code: 'PRECONDITION_FAILED', message: /is not encrypted, although/ });
    assert.throws(() => encryptedPods(inner, ''), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(encryptedPods(inner, 'one').save('env', fromBytes(Buffer.from('x')), { ...NOTES, isLayered: true }), { code: 'INVALID_ARGUMENT' });
  });

  it('a header that asks for a fortune is refused before it is paid', async () => {
    const inner = memoryPods();
    await encryptedPods(inner, 'one').save('env', fromBytes(Buffer.from('x')), NOTES);
    const there = await stored(inner);
    for (const [at, value] of [[8, 25], [8, 0], [9, 255], [10, 255], [11, 40]] as const) {
      const copy = Buffer.from(there);
      copy[at] = value;
      const other = memoryPods();
      await other.save('env', fromBytes(copy), NOTES);
      await assert.rejects(stored(encryptedPods(other, 'one')), { code: 'CORRUPT', message: /more than any state needs/ }, `${at} ${value}`);
    }
  });

  // Written after docs/formats/pods-encrypted.md alone.
  it('a stranger decrypts one by the page about the format', async () => {
    const inner = memoryPods();
    const plain = noise(150_000);
    await encryptedPods(inner, 'pässword').save('env', fromBytes(plain), NOTES);
    const there = await stored(inner);

    const [logN = 0, r = 0, p = 0, logChunk = 0] = there.subarray(8, 12);
    const master = scryptSync('pässword'.normalize('NFC'), there.subarray(12, 28), 32, { N: 2 ** logN, r, p, maxmem: 2 ** 28 });
    const key = Buffer.from(hkdfSync('sha256', master, there.subarray(28, 44), 'towline pod 1', 32));
    const parts: Buffer[] = [];
    for (let at = 52, index = 0; at < there.length; at += 2 ** logChunk + 16, index++) {
      const chunk = there.subarray(at, at + 2 ** logChunk + 16);
      const nonce = Buffer.alloc(12);
      nonce.writeBigUInt64BE(BigInt(index), 3);
      nonce[11] = at + chunk.length === there.length ? 1 : 0;
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(there.subarray(0, 52)).setAuthTag(chunk.subarray(-16));
      parts.push(decipher.update(chunk.subarray(0, -16)), decipher.final());
    }
    assert.deepEqual(Buffer.concat(parts), plain);
  });
});

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { lockedOut, whyNoStranger } from '../../test/locked-out.ts';
import { hasCode, TowlineError } from '../errors.ts';
import { openRange } from './open-range.ts';
import { exists, followFile, listFolder, readFile, readInto, readLink, readText, readTextIfReached, realPath, sizesBelow, sizeOfFile, statFile } from './read.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-read-'));
after(() => fs.rmSync(root, { recursive: true }));
const at = (name: string): string => join(root, name);
fs.writeFileSync(at('text'), 'h\u00e9llo');
fs.symlinkSync('text', at('link'));
fs.symlinkSync('nowhere', at('broken'));

describe('reading', () => {
  it('takes what is absent, or below a file, for absent', () => {
    for (const path of [at('absent'), at('text/below')]) {
      assert.equal(readFile(path), undefined);
      assert.equal(readText(path), undefined);
      assert.equal(statFile(path), undefined);
      assert.equal(followFile(path), undefined);
      assert.equal(realPath(path), undefined);
      assert.deepEqual(listFolder(at('absent')), []);
      assert.equal(exists(path), false);
    }
  });

  it('tells the sizes of many files as it does that of one, below a file as well', () => {
    const many = sizesBelow(root);
    for (const name of ['text', 'absent', 'link', 'broken', '.']) assert.equal(many(at(name)), sizeOfFile(at(name)), name);
    assert.equal(many(at('text')), 6);
    for (const folder of [at('text'), at('text/below'), at('absent')]) {
      const below = sizesBelow(folder);
      const ask = (sizeOf: (path: string) => number | undefined): unknown => { try { return sizeOf(join(folder, 'file')); } catch (error) { return error instanceof TowlineError && error.message; } };

      assert.equal(ask(below), ask(sizeOfFile), folder);
      assert.notEqual(ask(below), false, folder);
    }
  });

  it('takes for absent what lies in a folder that may not be entered only where that is asked for', { skip: whyNoStranger() ?? false }, async () => {
    const folder = at('locked');
    fs.mkdirSync(folder);
    fs.writeFileSync(join(folder, 'config'), 'mine');
    fs.chmodSync(root, 0o755);

    await lockedOut(folder, () => {
      assert.equal(readTextIfReached(join(folder, 'config')), undefined);
      assert.throws(() => readText(join(folder, 'config')), (error) => hasCode(error, 'PERMISSION_DENIED'));
    });

    assert.equal(readTextIfReached(join(folder, 'config')), 'mine');
    await lockedOut(join(folder, 'config'), () => {
      assert.throws(() => readTextIfReached(join(folder, 'config')), (error) => hasCode(error, 'PERMISSION_DENIED'), 'a file that is there and may not be read is another thing');
    });
  });

  it('tells a link from what it leads to', () => {
    assert.equal(statFile(at('link'))?.kind, 'link');
    assert.equal(followFile(at('link'))?.kind, 'file');
    assert.equal(followFile(at('link'))?.size, 6);
    assert.equal(exists(at('broken')), true);
    assert.equal(followFile(at('broken')), undefined);
    assert.equal(readLink(at('link')), 'text');
    assert.equal(readLink(at('text')), undefined);
  });

  it('says which text is not UTF-8', () => {
    fs.writeFileSync(at('latin'), Buffer.from([0x68, 0xe9]));

    assert.throws(() => readText(at('latin')), (error) => hasCode(error, 'CORRUPT') && error.message.includes('latin'));
  });

  it('says which folder holds a name that is not UTF-8, and takes a real U+FFFD for a name', () => {
    fs.mkdirSync(at('good'));
    fs.writeFileSync(at('good/\ufffd'), '');
    fs.mkdirSync(at('bad'));
    fs.writeFileSync(Buffer.concat([Buffer.from(at('bad/')), Buffer.from([0xff, 0x41])]), '');

    assert.deepEqual(listFolder(at('good')), [{ name: '\ufffd', kind: 'file' }]);
    assert.throws(() => listFolder(at('bad')), (error) => hasCode(error, 'INVALID_ARGUMENT') && error.message.includes('bad'));
  });

  it('reads into memory that is there what fits with a byte to spare', () => {
    const bytes = Buffer.alloc(100, 'x');
    fs.writeFileSync(at('fits'), bytes);
    fs.writeFileSync(at('empty'), '');
    const into = Buffer.alloc(101, '.');

    assert.equal(readInto(at('fits'), into), 100);
    assert.equal(into.toString(), `${'x'.repeat(100)}.`);
    assert.equal(readInto(at('fits'), into.subarray(0, 100)), undefined);
    assert.equal(readInto(at('empty'), into), 0);
    for (const name of ['absent', 'broken', '', 'text/below']) assert.equal(readInto(at(name), into), undefined);
  });

  it('gives ranges, and says when the file is shorter than it was', async () => {
    const bytes = Buffer.from(Array.from({ length: 600_000 }, (_, index) => (index * 31 + (index >> 9)) % 251));
    fs.writeFileSync(at('long'), bytes);
    const collect = async (start?: number, end?: number): Promise<Buffer> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of openRange(at('long'), { ...(start !== undefined && { start }), ...(end !== undefined && { end }) })) chunks.push(chunk.slice());
      return Buffer.concat(chunks);
    };

    assert.ok((await collect()).equals(bytes));
    assert.ok((await collect(1, 599_999)).equals(bytes.subarray(1, 599_999)));
    assert.ok((await collect(300_000)).equals(bytes.subarray(300_000)));
    assert.equal((await collect(5, 5)).byteLength, 0);
    await assert.rejects(collect(0, 600_001), (error) => hasCode(error, 'CORRUPT'));
  });
});

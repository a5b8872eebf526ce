import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saveAlong } from './save-along.ts';

const MIB = 1024 * 1024;

/** A file whose saving ends when the test says so. */
function slowFile(): { settle(): Promise<void>; readonly calls: { done(): void; fail(error: Error): void }[] } {
  const calls: { done(): void; fail(error: Error): void }[] = [];
  return { calls, settle: () => new Promise((done, fail) => { calls.push({ done, fail }); }) };
}
const turn = (): Promise<void> => new Promise(setImmediate);

test('saving begins after each 8 MiB, one call at a time', async () => {
  const file = slowFile();
  const along = saveAlong(file);
  for (let mebibytes = 0; mebibytes < 7; mebibytes += 1) along.wrote(MIB);
  assert.equal(file.calls.length, 0);
  along.wrote(MIB);
  assert.equal(file.calls.length, 1);
  for (let mebibytes = 0; mebibytes < 20; mebibytes += 1) along.wrote(MIB);
  assert.equal(file.calls.length, 1);
  file.calls[0]?.done();
  await turn();
  along.wrote(1);
  assert.equal(file.calls.length, 2);
});

test('the end waits for who is at work', async () => {
  const file = slowFile();
  const along = saveAlong(file);
  await along.end();
  along.wrote(8 * MIB);
  let hasEnded = false;
  const ending = along.end().then(() => { hasEnded = true; });
  await turn();
  assert.equal(hasEnded, false);
  file.calls[0]?.done();
  await ending;
});

test('a failure is told at the end, also where the next saving would say nothing of it, and no other is begun', async () => {
  const file = slowFile();
  const along = saveAlong(file);
  along.wrote(8 * MIB);
  file.calls[0]?.fail(new Error('the medium is broken'));
  await turn();
  along.wrote(80 * MIB);
  assert.equal(file.calls.length, 1);
  await assert.rejects(along.end(), /the medium is broken/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drivers } from '../drivers/index.ts';
import { helpTopic } from './help-topic.ts';
import { optionHelp, remoteTypes } from './option-help.ts';

test('every option of every type has one line in its help, by name and by scheme', async () => {
  for (const type of remoteTypes()) {
    const { schemes, options } = await drivers[type]();
    const lines = await optionHelp(type);

    for (const key of Object.keys(options)) assert.ok(lines.some((line) => line.trimStart().startsWith(`${key}=`)), `${type} ${key}`);
    assert.equal(lines.filter((line) => line.startsWith('  verify=')).length, 1);
    for (const scheme of schemes.filter((one) => one !== '')) assert.deepEqual(await optionHelp(`${scheme}://`), lines);
  }
});

test('a type that is not there is refused with the nearest one', async () => {
  await assert.rejects(optionHelp('s4'), { code: 'INVALID_ARGUMENT', message: "there is no type of remote 's4'", hint: /s3/ });
});

test('help knows commands, groups and types, and says what it does not know', async () => {
  assert.match((await helpTopic(['push'])).join('\n'), /^usage: tow push/);
  assert.match((await helpTopic(['remote', 'add'])).join('\n'), /^usage: tow remote add/);
  assert.match((await helpTopic(['remote'])).join('\n'), /tow help remote TYPE/);
  assert.match((await helpTopic(['remote', 's3'])).join('\n'), /endpointurl=/);
  assert.deepEqual(await helpTopic([]), await helpTopic([]));
  await assert.rejects(helpTopic(['psuh']), { code: 'INVALID_ARGUMENT', hint: /push/ });
});

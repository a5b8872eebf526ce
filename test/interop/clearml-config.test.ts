import assert from 'node:assert/strict';
import fc from 'fast-check';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parseHocon } from '../../src/clearml/hocon/parse-hocon.ts';
import { TowlineError } from '../../src/errors.ts';
import { judgeProgram, whyMissing } from '../judges.ts';
import { projectFolder } from '../project.ts';
import { seed } from '../seed.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { configurationText } from './clearml-texts.ts';

const sandbox = createSandbox('clearml-config');
after(() => sandbox.remove());
const env = { AWSX: 'envval' };
const COUNT = 2100;

interface Answer { readonly value?: unknown; readonly error?: string }

/** What the real package makes of each text: one process for all. */
async function readByClearml(texts: readonly string[]): Promise<readonly Answer[]> {
  const program = join(projectFolder, 'test/interop/clearml-reader.py');
  const ended = await sandbox.run(judgeProgram('clearml'), [program], { env, input: texts.map((text) => `${JSON.stringify(text)}\n`).join(''), timeoutSeconds: 540 });
  assert.equal(ended.status, 0, ended.stderr);
  return ended.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Answer);
}

function readByUs(text: string): Answer {
  try {
    return { value: JSON.parse(JSON.stringify(parseHocon(text, { env, readText: () => undefined }), (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one))) as unknown };
  } catch (error) {
    if (error instanceof TowlineError) return { error: error.message };
    throw error;
  }
}

test('random configurations mean the same to us as to ClearML', { skip: whyMissing('clearml') ?? false, timeout: 600_000 }, async () => {
  const texts = fc.sample(configurationText, { numRuns: COUNT, seed });
  const answers = await readByClearml(texts);
  const read = texts.map((text, index) => ({ text, theirs: answers[index] ?? {}, ours: readByUs(text) }));
  const differing = read.filter(({ theirs, ours }) => theirs.error === undefined && !isDeepStrictEqual(ours.value, theirs.value));

  // What it gives up on may be read here: the table BETTER of src/clearml/hocon/hocon.test.ts says where and why.
  assert.deepEqual(differing.slice(0, 5), [], `${differing.length} of ${COUNT} differ`);
  const count = read.filter(({ theirs }) => theirs.error === undefined).length;
  assert.ok(count >= 2000, `ClearML reads only ${count} of ${COUNT}`);
});

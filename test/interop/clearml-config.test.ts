import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHocon } from '../../src/clearml/hocon/parse-hocon.ts';
import { hoconText } from '../fuzz/hocon-texts.ts';
import { findJudge, whyMissing } from '../judges.ts';
import { seed } from '../seed.ts';
import { createSandbox } from '../servers/sandbox.ts';

const READ = `
import sys, json
from clearml.backend_config.config import Config
from clearml.utilities.pyhocon import ConfigFactory
for text in json.load(open(sys.argv[1])):
    try:
        print(json.dumps(ConfigFactory.parse_string(text).as_plain_ordered_dict()))
    except Exception as error:
        print(json.dumps({"__error": type(error).__name__}))
`;

test('2,500 configurations mean to us what they mean to ClearML', { skip: whyMissing('clearml') }, async (context) => {
  const sandbox = createSandbox('clearml-config');
  context.after(() => { sandbox.remove(); });
  const samples = fc.sample(hoconText, { numRuns: 2500, seed });
  writeFileSync(join(sandbox.folder, 'texts.json'), JSON.stringify(samples.map(({ text }) => text)));

  const { stdout, stderr, status } = await sandbox.run(findJudge('clearml') ?? '', ['-c', READ, join(sandbox.folder, 'texts.json')], { timeoutSeconds: 300 });

  assert.equal(status, 0, stderr);
  const theirs = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown);
  assert.equal(theirs.length, samples.length);
  for (const [index, { text }] of samples.entries()) assert.deepEqual(JSON.parse(JSON.stringify(parseHocon(text))), theirs[index], text);
});

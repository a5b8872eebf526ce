import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { type IniSection, iniError, parseIni } from '../../src/remotes/configobj.ts';
import { judgeProgram, whyMissing } from '../judges.ts';

const READ = `
import io, json, sys
from configobj import ConfigObj, ConfigObjError
for line in sys.stdin:
    try:
        print(json.dumps({"read": ConfigObj(io.StringIO(json.loads(line), newline=""), interpolation=False).dict()}))
    except ConfigObjError as error:
        print(json.dumps({"error": str(error)}))
`;
type Read = { readonly read: unknown } | { readonly error: string };

const piece = fc.constantFrom('[', ']', '[[', ']]', '"', "'", '"""', "'''", ',', '#', '=', ' = ', ' ', '\t', '\n', '\n', 'a', 'b', 'remote "x"', 'k = v', 'k2 = ', '%', '\\', 'é', '\u00a0', '\u2028', '\u000b', '\u001f', '\r\n', '\ufeff');
const line = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('k', 'K', '"k"', 'l m', "'"), fc.array(fc.constantFrom('"', "'", ',', ' ', '#', 'a', 'b', '"a"', "'b'", '"""', "'''"), { maxLength: 10 })).map(([key, value]) => `${key} = ${value.join('')}`),
  fc.constantFrom('[core]', '[cache] # c', "['remote \"x\"']", '[[deep]]', '[[[deeper]]]', '# comment', '', 'url = s3://b/k'),
);
// Most documents of many random lines are refused; single lines show how values are read.
const document = fc.oneof(line, line, fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n')));

test('random documents are read as configobj reads them, errors included', { skip: whyMissing('python') ?? false }, () => {
  const documents = fc.sample(document, { numRuns: 20_000, seed: 3671 });

  const theirs = askConfigObj(documents);

  documents.forEach((text, index) => {
    const parsed = parseIni(text);
    const error = iniError(parsed);
    const ours: Read = error === undefined ? { read: plain(parsed.root) } : { error };
    assert.deepEqual(ours, theirs[index], JSON.stringify(text));
  });
});

function askConfigObj(documents: readonly string[]): readonly Read[] {
  const { stdout, stderr, status } = spawnSync(judgeProgram('python'), ['-c', READ], { input: documents.map((text) => `${JSON.stringify(text)}\n`).join(''), encoding: 'utf8', maxBuffer: 64 << 20 });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split('\n').map((answer) => JSON.parse(answer) as Read);
}

function plain(section: IniSection): unknown {
  return Object.fromEntries(section.entries.map((entry) => [entry.name, entry.kind === 'key' ? entry.value : plain(entry)]));
}

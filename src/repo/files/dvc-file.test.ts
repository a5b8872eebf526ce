import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { Output, Stage } from '../stage.ts';
import { parseDvcFile, updateDvcFile } from './dvc-file.ts';

const MD5 = 'd3b07384d113edec49eaa6238ad5ff00';
const OTHER = '0cc175b9c0f1b6a831c399e269772661';
const fresh = `outs:\n- md5: ${MD5}\n  size: 4\n  hash: md5\n  path: foo\n`;

function changed(text: string, change: (output: Output) => Output, file = 'foo.dvc'): string {
  const stage = parseDvcFile(text, file);
  return updateDvcFile(text, { ...stage, outputs: stage.outputs.map(change) });
}
function failure(text: string, file = 'bad.dvc'): string {
  try {
    parseDvcFile(text, file);
  } catch (error) {
    assert.ok(hasCode(error, 'CORRUPT'), String(error));
    return error.message;
  }
  return 'no failure';
}
const rehash = (output: Output): Output => ({ ...output, hashName: 'md5', hash: { name: 'md5', value: OTHER as Oid } });

test('a file as DVC writes it is read and written with the same bytes', () => {
  const stage = parseDvcFile(fresh, 'sub/foo.dvc');

  assert.deepEqual(stage.outputs, [{
    path: 'sub/foo', place: 'repository', written: 'foo', hashName: 'md5', hash: { name: 'md5', value: MD5 }, meta: { size: 4 },
    kind: 'data', cache: true, push: true, persist: false, annotations: {},
  }]);
  assert.equal(updateDvcFile(undefined, stage), fresh);
  assert.equal(updateDvcFile(fresh, stage), fresh);
});

test('every key an output may have is written in the order of DVC', () => {
  const text = `desc: d\nwdir: ..\nfrozen: true\nouts:\n- md5: ${MD5}\n  size: 4\n  isexec: true\n  version_id: v\n  hash: md5\n  path: sub/foo\n  fs_config:\n    a: b\n  desc: x\n  type: model\n  labels:\n  - a\n  meta:\n    k: 1.0\n  cache: false\n  persist: true\n  remote: r\n  push: false\nalways_changed: true\nmeta:\n  any: thing\n`;

  assert.equal(updateDvcFile(undefined, parseDvcFile(text, 'sub/foo.dvc')), text);
});

test('a versioned directory keeps its list of files, and its hash follows from it', () => {
  const text = `outs:\n- hash: md5\n  path: data\n  files:\n  - relpath: a\n    md5: ${MD5}\n    size: 4\n    cloud:\n      r:\n        etag: etag1\n        version_id: v1\n  - relpath: sub/b\n    md5: ${OTHER}\n    size: 1\n    isexec: true\n    cloud:\n      r:\n        etag: etag2\n        version_id: v2\n`;

  const stage = parseDvcFile(text, 'data.dvc');

  assert.equal(updateDvcFile(undefined, stage), text);
  const output = stage.outputs[0];
  assert.deepEqual(output?.meta, { isdir: true, size: 5, nfiles: 2, remote: 'r' });
  assert.match(output.hash?.value ?? '', /^[0-9a-f]{32}\.dir$/);
  assert.deepEqual(output.files?.[1]?.meta, { size: 1, isexec: true, version_id: 'v2', etag: 'etag2', remote: 'r' });
});

test('an import keeps its source', () => {
  const text = `md5: 3c33075119d04a05ee3984daf6a1bd45\nfrozen: true\ndeps:\n- path: foo\n  repo:\n    url: /x/src\n    rev: v1\n    rev_lock: d4174e84851587cbceefe89b653156811046dfed\nouts:\n- md5: ${MD5}\n  size: 4\n  hash: md5\n  path: ifoo\n`;

  const stage = parseDvcFile(text, 'ifoo.dvc');

  assert.deepEqual(stage.dependencies, [{ kind: 'repo', url: '/x/src', path: 'foo', revision: 'v1', lockedRevision: 'd4174e84851587cbceefe89b653156811046dfed' }]);
  assert.equal(updateDvcFile(undefined, stage), text);
});

test('a file of DVC 2 names its hash md5-dos2unix, and gets `hash: md5` behind the rest when it is added again', () => {
  const text = `outs:\n- md5: ${MD5}\n  size: 14\n  path: crlf\n`;

  assert.equal(parseDvcFile(text, 'crlf.dvc').outputs[0]?.hash?.name, 'md5-dos2unix');
  assert.equal(changed(text, rehash), `outs:\n- md5: ${OTHER}\n  size: 14\n  path: crlf\n  hash: md5\n`);
});

test('a change touches only its own place', () => {
  const text = `# top comment\nouts:\n# c1\n- md5: ${MD5} # c2\n  size: 10  # bytes\n  hash: md5\n  path: 'cm'\n  labels: [a,   b]\nmeta:\n    any:   thing\ndesc: "stage desc"\n`;

  const result = changed(text, (output) => ({ ...rehash(output), meta: { size: 9 } }));

  assert.equal(result, text.replace(MD5, OTHER).replace('10  # bytes', '9   # bytes'));
});

test('a key that goes takes its line with it, comments on other lines stay', () => {
  const text = `outs:\n- md5: ${MD5}\n  isexec: true # gone\n  # about the path\n  path: f\n  hash: md5\n`;

  const result = changed(text, (output) => ({ ...output, meta: {} }));

  assert.equal(result, `outs:\n- md5: ${MD5}\n  # about the path\n  path: f\n  hash: md5\n`);
});

test('the first key of a list item can go too', () => {
  const text = `outs:\n- size: 4 # s\n  md5: ${MD5}\n  path: f\n  hash: md5\n`;

  assert.equal(changed(text, (output) => ({ ...output, meta: {} })), `outs:\n- md5: ${MD5}\n  path: f\n  hash: md5\n`);
});

test('new keys go behind comments and empty lines after the last, as ruamel.yaml puts them', () => {
  const text = `outs:\n- md5: ${MD5}\n  path: f\n\n# blank\ndesc: x # y\n`;

  assert.equal(changed(text, rehash), `outs:\n- md5: ${OTHER}\n  path: f\n\n# blank\n  hash: md5\ndesc: x # y\n`);
});

test('flow style, CRLF, deep indentation and a missing last line end are kept', () => {
  assert.equal(changed(`{outs: [{md5: ${MD5}, path: f}]}\n`, rehash), `{outs: [{md5: ${OTHER}, path: f, hash: md5}]}\n`);
  assert.equal(changed(`outs:\r\n  - md5: ${MD5}\r\n    path: f\r\n`, rehash), `outs:\r\n  - md5: ${OTHER}\r\n    path: f\r\n    hash: md5\r\n`);
  assert.equal(changed(`outs:\n-   md5: ${MD5}\n    path: f`, rehash), `outs:\n-   md5: ${OTHER}\n    path: f\n    hash: md5\n`);
});

test('an anchor that stands for two outputs is not changed for one', () => {
  const text = `outs:\n- &a\n  md5: ${MD5}\n  hash: md5\n  path: f\n- <<: *a\n  path: g\n`;
  const stage = parseDvcFile(text, 'x.dvc');
  const [first, second] = stage.outputs;
  assert.ok(first && second);

  const result = parseDvcFile(updateDvcFile(text, { ...stage, outputs: [rehash(first), second] }), 'x.dvc');

  assert.deepEqual(result.outputs.map(({ hash }) => hash?.value), [OTHER, MD5]);
});

test('outputs are added and taken away, the others keep their text', () => {
  const text = `outs:\n- {md5: ${MD5}, hash: md5, path: f}\nmeta: 1\n`;
  const stage = parseDvcFile(text, 'x.dvc');
  const added: Stage = { ...stage, outputs: [...stage.outputs, { ...(stage.outputs[0] as Output), path: 'g', written: 'g' }] };

  const longer = updateDvcFile(text, added);

  assert.equal(longer, `outs:\n- {md5: ${MD5}, hash: md5, path: f}\n- md5: ${MD5}\n  hash: md5\n  path: g\nmeta: 1\n`);
  assert.equal(updateDvcFile(longer, stage), text);
});

test('paths that leave the repository are external and keep what the file says', () => {
  const text = 'outs:\n- path: ../../x\n  hash: md5\n- path: /abs/y\n  hash: md5\n- path: s3://b/k\n  hash: md5\n- path: ../in\n  hash: md5\n';

  const { outputs } = parseDvcFile(text, 'sub/o.dvc');

  assert.deepEqual(outputs.map(({ place, path }) => `${place} ${path}`), ['external ../../x', 'external /abs/y', 'external s3://b/k', 'repository in']);
  assert.equal(updateDvcFile(undefined, parseDvcFile(text, 'sub/o.dvc')), 'outs:\n- hash: md5\n  path: ../../x\n- hash: md5\n  path: /abs/y\n- hash: md5\n  path: s3://b/k\n- hash: md5\n  path: ../in\n');
});

test('an md5 without quotes that looks like a number is read digit by digit', () => {
  assert.equal(parseDvcFile('outs:\n- md5: 12345678901234567890123456789012\n  path: f\n', 'f.dvc').outputs[0]?.hash?.value, '12345678901234567890123456789012');
});

test('faults are worded as DVC words them, all at once, with the lines', () => {
  assert.equal(
    failure('outs:\n- md5: zzz\n  path: bad\n  unknown: 1\n'),
    "'./bad.dvc' validation failed.\n\nextra keys not allowed, in outs -> 0 -> unknown, line 2, column 3\n  1 outs:\n  2 - md5: zzz\n  3   path: bad",
  );
  const several = failure('outs:\n- md5: zz\n  path: 3\n  size: x\nfoo: 1\n');
  assert.match(several, /^'\.\/bad\.dvc' validation failed: 4 errors\.\n\nnot a valid value, in outs -> 0 -> md5, line 2, column 3\n/);
  assert.match(several, /expected str, in outs -> 0 -> path, line 2, column 3/);
  assert.match(several, /expected int, in outs -> 0 -> size/);
  assert.match(several, /extra keys not allowed, in foo, line 5, column 1\n {2}4 {3}size: x\n {2}5 foo: 1$/);
  assert.match(failure('- a\n'), /expected a dictionary/);
  assert.match(failure('deps:\n- path: x\n  repo: {rev: 1}\n'), /expected str, in deps -> 0 -> repo -> rev, line 3, column 9/);
  assert.match(failure('outs:\n- size: 1\n'), /required key not provided, in outs -> 0 -> path/);
});

test('an md5 that is none and a hostile name are refused', () => {
  assert.match(failure('outs:\n- md5: zzz\n  path: bad\n'), /md5 that is none: 'zzz' of 'bad'/);
  assert.match(failure('outs:\n- path: "a\\0b"\n'), /NUL character/);
  assert.match(failure(`outs:\n- path: d\n  files:\n  - relpath: ../x\n    md5: ${MD5}\n`), /not inside its directory: "\.\.\/x"/);
});

test('an empty file is a stage without outputs', () => {
  assert.deepEqual(parseDvcFile('', 'x.dvc').outputs, []);
});

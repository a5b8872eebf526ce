import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDvcFile } from './dvc-file.ts';
import { pythonJson } from './python-json.ts';
import { hashStageData, stageHash } from './stage-hash.ts';
import { emitYaml } from './yaml-emit.ts';
import { Float, toYaml } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

interface Vector {
  readonly stage: object;
  readonly md5: string;
}
const vectors = JSON.parse(readFileSync(new URL('../../../test/golden/dvc-3.67.1/vectors.json', import.meta.url), 'utf8')) as { readonly stage_md5: readonly Vector[] };

test('an import has the md5 that DVC wrote for it, from its data and from its file', () => {
  // Of the others the paths were replaced after the md5 was taken; ORIGIN.md tells.
  const { stage, md5 } = vectors.stage_md5[1] ?? { stage: {}, md5: '' };
  const data = toYaml(stage) as YamlMap;

  assert.equal(hashStageData(data), md5);
  assert.equal(stageHash(parseDvcFile(emitYaml(data), 'x.dvc')), md5);
});

test('what people note, sizes and flags do not count', () => {
  const text = (size: number, extra: string): string => `${extra}deps:\n- path: a\nouts:\n- md5: d3b07384d113edec49eaa6238ad5ff00\n  size: ${size}\n  hash: md5\n  path: b\n`;

  assert.equal(stageHash(parseDvcFile(text(1, ''), 'x.dvc')), stageHash(parseDvcFile(text(2, 'desc: x\nfrozen: true\nmeta: 3\n'), 'x.dvc')));
});

test('JSON is written as Python writes it', () => {
  const value: YamlMap = new Map<string, YamlValue>([['\u{10000}', new Float(1)], ['\uffff', new Float(1e-7)], ['a', [null, true, 12n]], ['é"\n\u007f', 'x']]);

  assert.equal(pythonJson(value), '{"a": [null, true, 12], "\\u00e9\\"\\n\u007f": "x", "\\uffff": 1e-07, "\\ud800\\udc00": 1.0}');
});

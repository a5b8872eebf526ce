import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { emitYaml } from './yaml-emit.ts';

interface Vector {
  readonly value: string;
  readonly map: string;
  readonly list_item: string;
}
const vectors = JSON.parse(readFileSync(new URL('../../../test/golden/dvc-3.67.1/vectors.json', import.meta.url), 'utf8')) as { readonly yaml_scalar: readonly Vector[] };

test('a scalar is written in the style DVC writes it in, alone and in a list of outputs', () => {
  assert.equal(vectors.yaml_scalar.length, 95);
  for (const { value, map, list_item: item } of vectors.yaml_scalar) {
    assert.equal(emitYaml(new Map([['p', value]])), map);
    assert.equal(emitYaml(new Map([['outs', [new Map([['md5', 'x'], ['path', value]])]]])), item);
  }
});

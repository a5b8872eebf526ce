import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasCode } from '../errors.ts';
import { decodeText, encodeText, readFields, scanXml } from './xml.ts';

const isDamaged = (error: unknown): boolean => hasCode(error, 'CORRUPT');

describe('XML', () => {
  it('gives back any text that was encoded', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }).map((text) => text.replace(/\0/g, '')), (text) => { assert.equal(decodeText(encodeText(text)), text); }));
  });

  it('answers any garbage with CORRUPT or a reading, and in bounded time', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('<', '>', '/', 'a', ' ', '"', "'", '&', ';', '!', '-', '?', '=', '\n') }), (text) => {
      try {
        scanXml(text, { leaf: (_name, raw) => void decodeText(raw) });
      } catch (error) {
        assert.ok(isDamaged(error), String(error));
      }
    }), { numRuns: 2000 });
  });

  it('refuses document types, deep nesting, crossed tags, unknown entities and text between elements', () => {
    for (const text of ['<!DOCTYPE a [<!ENTITY x "y">]><a>1</a>', `${'<a>'.repeat(20)}1${'</a>'.repeat(20)}`, '<a><b>1</a></b>', '<a>1</b>', '<a>&x;</a>', '<a>&#0;</a>', '<a>&amp</a>', '<a><b>1</b>text</a>', '<a>1</a><b>2</b>', '']) {
      assert.throws(() => readFields(text), isDamaged, text);
    }
  });

  it('takes attributes, prefixes, comments and leading blanks in its stride', () => {
    const { root, fields } = readFields('\n  \n<?xml version="1.0"?><ns:Error xmlns:ns="a>b"><!-- <Code>no</Code> --><Code xsi:type="x/y">Slow&#68;own</Code><Empty a=\'>\'/></ns:Error>\n');

    assert.equal(root, 'Error');
    assert.deepEqual([...fields], [['Code', 'SlowDown'], ['Empty', '']]);
  });
});

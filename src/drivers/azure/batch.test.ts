import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { readAnswers } from './batch.ts';

const part = (id: number, status: string, rest = ''): string => `--b\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\nHTTP/1.1 ${status}\r\n${rest}\r\n`;

describe('the answer to a batch', () => {
  it('counts what was granted or absent, and nothing else', () => {
    const text = [
      part(0, '202 Accepted', 'x-ms-request-id: 1\r\n'), part(1, '404 x', 'x-ms-error-code: BlobNotFound\r\n'), part(2, '404 x', 'x-ms-error-code: ContainerNotFound\r\n'),
      part(3, '403 x'), part(4, '404 x', '\r\n<?xml version="1.0"?><Error><Code>BlobNotFound</Code></Error>'),
    ].join('');

    assert.deepEqual([...readAnswers(`${text}--b--\r\n`, 'multipart/mixed; boundary="b"')], [0, 1, 4]);
  });

  it('is CORRUPT when it is none', () => {
    assert.throws(() => readAnswers('<html>', 'text/html'), (error) => hasCode(error, 'CORRUPT'));
  });
});

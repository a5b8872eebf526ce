import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgressLine, describePhase, formatBytes, type ProgressLine } from './progress-line.ts';

interface Screen {
  readonly line: ProgressLine;
  readonly written: string[];
  pass(milliseconds: number): void;
}

function screen(isTTY: boolean, columns = 80): Screen {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string): void => void written.push(text) };
  let time = 0;
  return { line: createProgressLine({ stream, now: () => time }), written, pass: (milliseconds) => void (time += milliseconds) };
}

test('on a terminal one line is rewritten, at most ten times a second, and leaves nothing behind', () => {
  const { line, written, pass } = screen(true);

  line.take({ kind: 'phase', name: 'Pushing', files: 10 });
  pass(150);
  line.take({ kind: 'advance', files: 1, bytes: 0 });
  for (let at = 0; at < 50; at++) line.take({ kind: 'advance', files: 0, bytes: 0 });
  line.finish();

  assert.deepEqual(written, ['\rPushing 1/10 files\u001b[K', '\r\u001b[K']);
});

test('a line is never wider than the terminal', () => {
  const { line, written, pass } = screen(true, 20);

  line.take({ kind: 'phase', name: 'Pushing', files: 10 });
  pass(150);
  line.take({ kind: 'advance', files: 1, bytes: 0, label: 'a/very/long/path/of/a/file' });

  assert.equal(written[0], '\rPushing 1/10 files,\u001b[K');
});

test('in a log there is a plain line every ten seconds and nothing for what is short', () => {
  const { line, written, pass } = screen(false);

  line.take({ kind: 'phase', name: 'Pushing', files: 10 });
  pass(9000);
  line.take({ kind: 'advance', files: 1, bytes: 0 });
  assert.equal(written.length, 0);
  pass(2000);
  line.take({ kind: 'advance', files: 1, bytes: 0 });
  line.finish();

  assert.equal(written.length, 1);
  assert.match(written.join(''), /^Pushing 2\/10 files.*\n$/);
});

test('progress without a phase, and a phase that is over, are not shown', () => {
  const { line, written, pass } = screen(true);
  pass(500);
  line.take({ kind: 'advance', files: 1, bytes: 1 });
  line.take({ kind: 'phase', name: 'Pushing' });
  line.finish();
  pass(500);
  line.take({ kind: 'advance', files: 1, bytes: 1 });

  assert.deepEqual(written.filter((text) => text.includes('files') && !text.includes('Pushing')), []);
});

test('speed, size and time left are told where they are known', () => {
  const phase = { name: 'Fetching', files: undefined, totalBytes: undefined, since: 0, done: 3, bytes: 0, label: undefined };

  assert.equal(describePhase(phase, 10_000), 'Fetching 3 files');
  assert.equal(describePhase({ ...phase, files: 6 }, 10_000), 'Fetching 3/6 files, 10 s left');
  assert.equal(describePhase({ ...phase, files: 6, bytes: 10 * 2 ** 20, totalBytes: 40 * 2 ** 20, label: 'x' }, 10_000), 'Fetching 3/6 files, 10.0 MiB, 1.0 MiB/s, 30 s left, x');
  assert.equal(describePhase({ ...phase, files: 3 }, 10_000), 'Fetching 3/3 files');
});

test('bytes are told in powers of 1024', () => {
  assert.deepEqual([0, 1, 1023, 1024, 1536, 2 ** 20, 5 * 2 ** 30, 3000 * 2 ** 40].map(formatBytes), ['0 B', '1 B', '1023 B', '1.0 KiB', '1.5 KiB', '1.0 MiB', '5.0 GiB', '3000.0 TiB']);
});

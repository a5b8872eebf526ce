import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { judgeProgram, whyMissing } from '../../test/judges.ts';
import { forTerminal } from './for-terminal.ts';

test('what a terminal would act on is shown, and lines stay lines', () => {
  assert.equal(forTerminal("'a\u001b]0;owned\u0007\u009b2J\r\u007f\u0000' is\n\tnone: ü"), "'a\\x1b]0;owned\\x07\\x9b2J\\x0d\\x7f\\x00' is\n\tnone: ü");
});

const url = new URL(import.meta.url.endsWith('.ts') ? './output.ts' : './output.js', import.meta.url).href;

test('errors and warnings reach a terminal so', () => {
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', `const { openOutput } = await import(${JSON.stringify(url)}); const out = openOutput(); out.fault('a\\u001b[2J'); out.warning('b\\u001b[2J'); out.failure('c\\u001b[2J');`], { encoding: 'utf8', env: { NO_COLOR: '1' } });
  assert.doesNotMatch(stderr, /\u001b/);
  assert.match(stderr, /ERROR: a\\x1b\[2J\nWARNING: b\\x1b\[2J\nERROR: unexpected error - c\\x1b\[2J/);
});

test('results do, too; a program that reads them gets the names as they are', { skip: whyMissing('python') ?? false }, () => {
  const script = `
import os, pty, subprocess, sys
controller, terminal = pty.openpty()
subprocess.run(sys.argv[1:], stdout=terminal)
print(ascii(os.read(controller, 1000)), ascii(subprocess.run(sys.argv[1:], stdout=subprocess.PIPE).stdout))`;
  const program = `const { openOutput } = await import(${JSON.stringify(url)}); openOutput().line('A\\td/Icon\\r\\u001b[2J');`;

  const { stdout } = spawnSync(judgeProgram('python'), ['-c', script, process.execPath, '--input-type=module', '-e', program], { encoding: 'utf8' });

  assert.equal(stdout, `${String.raw`b'A\td/Icon\\x0d\\x1b[2J\r\n' b'A\td/Icon\r\x1b[2J\n'`}\n`);
});

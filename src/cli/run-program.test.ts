import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from './run-program.ts';

const node = (script: string, limits: { readonly timeoutSeconds?: number; readonly signal?: AbortSignal } = {}): ReturnType<typeof runProgram> =>
  runProgram({ program: process.execPath, words: ['-e', script], timeoutSeconds: 60, ...limits }, { SECRET: 's3cret' });

test('a program gets its words and the environment, and nothing to read', async () => {
  const end = await node('process.stdin.on("data", () => {}).on("end", () => { console.log(process.env.SECRET + "é"); console.error("told"); process.exitCode = 7; })');

  assert.deepEqual(end, { code: 7, isTooLate: false, stdout: 's3creté\n', stderr: 'told\n' });
});

test('a program reads what it is given', async () => {
  const end = await runProgram({ program: process.execPath, words: ['-e', 'process.stdin.pipe(process.stdout)'], timeoutSeconds: 60, input: 'höst' }, {});

  assert.equal(end.stdout, 'höst');
});

test('a program that reads nothing of what it is given is no failure', async () => {
  const end = await runProgram({ program: process.execPath, words: ['-e', 'process.exit(3)'], timeoutSeconds: 60, input: 'x'.repeat(1_000_000) }, {});

  assert.equal(end.code, 3);
});

test('no shell reads the words', async () => {
  const end = await runProgram({ program: process.execPath, words: ['-p', 'process.argv[1]', '$HOME; echo x'], timeoutSeconds: 60 }, {});

  assert.equal(end.stdout, '$HOME; echo x\n');
});

test('a program that takes too long is stopped, also when a child of it holds its output open', async () => {
  const end = await node('require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 5000)"], { stdio: "inherit", detached: false }); setTimeout(() => {}, 60000)', { timeoutSeconds: 0.5 });

  assert.deepEqual([end.code, end.isTooLate], [undefined, true]);
});

test('a program that is not there is NOT_FOUND', async () => {
  await assert.rejects(runProgram({ program: 'no-such-program', words: [], timeoutSeconds: 1 }, {}), { code: 'NOT_FOUND', message: 'it was not found' });
});

test('a caller that gives up stops it', async () => {
  const controller = new AbortController();
  const running = node('setTimeout(() => {}, 60000)', { signal: controller.signal });
  controller.abort();

  await assert.rejects(running, { code: 'ABORTED' });
  await assert.rejects(node('1', { signal: controller.signal }), { code: 'ABORTED' });
});

import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgeProgram, whyMissing } from '../../test/judges.ts';

const url = new URL(import.meta.url.endsWith('.ts') ? './standard-stream.ts' : './standard-stream.js', import.meta.url).href;
/** A program that does `body` with `out` and `err`. */
const program = (body: string): readonly string[] => ['--input-type=module', '-e', `const { openStandardStream, isTerminal } = await import(${JSON.stringify(url)}); const [out, err] = [1, 2].map(openStandardStream); ${body}`];
const python = { skip: whyMissing('python') ?? false };

/** Runs the program below a few lines of Python, which have its command line as `command`. */
function below(script: string, body: string): SpawnSyncReturns<string> {
  return spawnSync(judgeProgram('python'), ['-c', `import os, subprocess, sys, time\ncommand = sys.argv[1:]\n${script}`, process.execPath, ...program(body)], { encoding: 'utf8', maxBuffer: 1 << 26 });
}

test('texts and bytes come in the order in which they were written, each where it belongs', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, program(`out.write('1 \\u00fc\\n'); err.write('E'); await out.writeBytes(Buffer.from('2')); out.write('3'); await out.writeBytes(Buffer.alloc(300_000, 'x')); out.write('4');`), { encoding: 'utf8' });

  assert.deepEqual([stdout.replace(/x+/, (run) => `<${run.length}>`), stderr, status], ['1 \u00fc\n23<300000>4', 'E', 0]);
});

test('texts go into a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'towline-stream-'));
  try {
    const file = openSync(join(folder, 'out'), 'w');
    spawnSync(process.execPath, program(`for (let at = 0; at < 1000; at++) out.write(at + '\\n');`), { stdio: ['ignore', file, 'ignore'] });
    closeSync(file);
    assert.equal(readFileSync(join(folder, 'out'), 'utf8'), Array.from({ length: 1000 }, (_, at) => `${at}\n`).join(''));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a reader that reads late and whose pipe does not wait gets everything', python, () => {
  const { stdout, stderr } = below(`
r, w = os.pipe()
os.set_blocking(w, False)
child = subprocess.Popen(command, stdout=w)
os.close(w)
time.sleep(0.5)
with os.fdopen(r, 'rb') as pipe: sys.stdout.buffer.write(pipe.read())
child.wait()`, `for (let at = 0; at < 300; at++) out.write(String(at).padStart(3, '0') + 'y'.repeat(1000) + '\\n');`);

  assert.equal(stderr, '');
  assert.equal(stdout, Array.from({ length: 300 }, (_, at) => `${String(at).padStart(3, '0')}${'y'.repeat(1000)}\n`).join(''));
});

for (const [how, body] of [['texts', `for (let at = 0; at < 1e5; at++) out.write('y'.repeat(1000));`], ['bytes', `for (let at = 0; at < 1e5; at++) await out.writeBytes(Buffer.alloc(1000));`]] as const) {
  test(`a reader that goes ends the process quietly (${how})`, python, () => {
    const { stdout } = below(`
child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
child.stdout.read(10)
child.stdout.close()
print(child.stderr.read(), child.wait())`, body);

    assert.equal(stdout, "b'' 141\n");
  });
}

test('a terminal is told from a pipe and from the null device, and has a width', python, () => {
  const { stdout } = below(`
import fcntl, pty, struct, termios
controller, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 123, 0, 0))
child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=terminal)
print(child.stdout.read().decode(), child.wait(), os.read(controller, 100))`, `out.write(JSON.stringify([isTerminal(0), out.isTTY, out.columns ?? 'none', err.isTTY, err.columns])); err.write('shown');`);

  assert.equal(stdout, `[false,false,"none",true,123] 0 b'shown'\n`);
});

test('what was closed before we began is no terminal, and nothing is said of it', () => {
  const { stdout, status } = spawnSync('sh', ['-c', 'exec "$@" 2>&-', 'sh', process.execPath, ...program('out.write(String(err.isTTY));')], { encoding: 'utf8' });

  assert.deepEqual([stdout, status], ['false', 0]);
});

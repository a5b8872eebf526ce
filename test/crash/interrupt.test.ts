import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSandbox } from '../servers/sandbox.ts';
import { start, succeed } from './machines.ts';

test('Ctrl-C ends a push within two seconds, says how to go on, and the next push does the rest', async () => {
  const sandbox = createSandbox('interrupt');
  const web = await startSlowWeb();
  try {
    const work = join(sandbox.folder, 'work');
    mkdirSync(join(work, 'data'), { recursive: true });
    for (let at = 0; at < 20; at++) writeFileSync(join(work, 'data', `${at}`), `file ${at}\n`);
    await sandbox.git(['init', '--quiet', work]);
    for (const args of [['init', '-q'], ['add', '-q', 'data'], ['remote', 'add', '-q', '-d', 'web', web.url], ['remote', 'modify', '-q', 'web', 'method', 'PUT']]) await succeed(sandbox, args, work);

    const running = start(sandbox, ['push'], work);
    await web.isHanging;
    const since = Date.now();
    running.child.kill('SIGINT');
    const { status, signal, stderr } = await running.ended;

    assert.deepEqual([status, signal], [252, null], stderr);
    assert.ok(Date.now() - since < 2000, `it took ${Date.now() - since} ms`);
    assert.match(stderr, /interrupted by the user\nWhat was done is kept\. Run 'tow push' again to go on\.\n/);
    assert.doesNotMatch(stderr, /^\s+at /m);

    web.hurry();
    await succeed(sandbox, ['push'], work);
    assert.equal(web.stored.size, 21);
  } finally {
    await web.stop();
    sandbox.remove();
  }
});

interface SlowWeb {
  readonly url: string;
  readonly stored: ReadonlySet<string>;
  /** Resolves when an upload has arrived that is not going to be answered. */
  readonly isHanging: Promise<void>;
  hurry(): void;
  stop(): Promise<void>;
}

/** Takes five uploads, then answers no more until it is told to. */
async function startSlowWeb(): Promise<SlowWeb> {
  const stored = new Set<string>();
  const state = { isFast: false };
  let hang = (): void => undefined;
  const isHanging = new Promise<void>((resolve) => { hang = resolve; });
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    if (request.method !== 'PUT') response.writeHead(stored.has(path) ? 200 : 404).end();
    else request.resume().on('end', () => {
      if (!state.isFast && stored.size >= 5) return hang();
      stored.add(path);
      response.writeHead(201).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`, stored, isHanging,
    hurry: () => { state.isFast = true; },
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => { resolve(); });
    }),
  };
}

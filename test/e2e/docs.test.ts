import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { codeBlocks, sessionOf, type Session } from './code-blocks.ts';
import { builtProgram, projectFolder } from '../project.ts';
import { whyMissing } from '../judges.ts';
import { startRegistry } from '../servers/registry.ts';
import { createSandbox } from '../servers/sandbox.ts';

const guide = join(projectFolder, 'docs/guide');
const pages = [join(projectFolder, 'README.md'), ...readdirSync(guide).filter((name) => name.endsWith('.md')).map((name) => join(guide, name))];

/** What is printed between two blocks, so that the output of each can be told. */
const MARK = '=== next block ===';
/** A page that names this registry is run with one. */
const REGISTRY = 'localhost:5000';

describe('the documentation', () => {
  for (const page of pages) {
    const session = sessionOf(readFileSync(page, 'utf8'));
    const name = page.slice(projectFolder.length + 1);
    if (session.length === 0) continue;
    const needsRegistry = session.some(({ commands }) => commands.includes(REGISTRY));
    it(`${name}: every runnable block runs and prints what stands below it`, { skip: needsRegistry ? whyMissing('registry') ?? false : false }, async () => {
      const printed = await (needsRegistry ? runWithRegistry(session) : run(session));

      for (const [at, { commands, output }] of session.entries()) if (output !== undefined) assert.equal(printed[at], output, commands);
    });
  }

  it('has runnable blocks where a new user begins', () => {
    for (const page of ['README.md', 'docs/guide/getting-started.md', 'docs/guide/remotes.md', 'docs/guide/scripting.md', 'docs/guide/clearml.md', 'docs/guide/registries.md', 'docs/guide/pods.md']) {
      assert.notEqual(sessionOf(readFileSync(join(projectFolder, page), 'utf8')).length, 0, page);
    }
  });

  it('has a session read as it is written', () => {
    const fence = '`'.repeat(3);
    const page = ['text', `${fence}sh runnable`, 'echo a', fence, fence, 'a', fence, `${fence}sh runnable`, 'echo b', fence, '', `${fence}sh`, 'rm -rf /', fence].join('\n');

    assert.deepEqual(sessionOf(page), [{ commands: 'echo a\n', output: 'a\n' }, { commands: 'echo b\n', output: undefined }]);
    assert.deepEqual(codeBlocks(page, 'sh'), ['rm -rf /\n']);
  });
});

/** The same with a registry on a free port, which the page calls by its usual one. */
async function runWithRegistry(session: Session): Promise<readonly string[]> {
  const { authority, stop } = await startRegistry('registry');
  try {
    const printed = await run(session.map(({ commands, output }) => ({ commands: commands.replaceAll(REGISTRY, authority), output })));
    return printed.map((text) => text.replaceAll(authority, REGISTRY));
  } finally {
    await stop();
  }
}

/** Runs the blocks of a page one after the other in one shell, in an empty folder. Gives what each printed; fails when one does. */
async function run(session: Session): Promise<readonly string[]> {
  const sandbox = createSandbox('docs');
  try {
    const program = join(sandbox.home, 'bin/tow');
    mkdirSync(join(sandbox.home, 'bin'));
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${builtProgram}" "$@"\n`);
    chmodSync(program, 0o755);
    const folder = join(sandbox.folder, 'start');
    mkdirSync(folder);
    const script = session.map(({ commands }) => commands).join(`echo '${MARK}'\n`);
    const ended = await sandbox.run('bash', ['-e', '-c', `exec 2>&1\n${script}`], { cwd: folder, env: { PATH: `${join(sandbox.home, 'bin')}:${sandbox.env['PATH'] ?? ''}` } });
    assert.equal(ended.status, 0, ended.stdout);
    const shown = ended.stdout.replaceAll(realpathSync(sandbox.folder), '/…').replaceAll(sandbox.folder, '/…');
    return shown.split(`${MARK}\n`);
  } finally {
    sandbox.remove();
  }
}

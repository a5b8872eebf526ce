import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { builtProgram } from '../project.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

test('the demo shows the main job: what is pushed is pulled, a damaged object is named and refused, and mended', async () => {
  const sandbox = createSandbox('demo');
  try {
    const { status, stdout, stderr } = await tow(sandbox, ['demo'], { env: { TMPDIR: sandbox.folder } });
    const folder = /All of it lies in (\S+)\. Try there:/.exec(stdout)?.[1] ?? '';

    assert.equal(status, 0, stdout + stderr);
    const [refused, mended] = [/failed to transfer 'data\/\S+' \([0-9a-f]{32}\) - the bytes should have md5/, /carol\$ tow pull\n[^]*carol\$ tow status\nData and pipelines are up to date\.\n/];
    assert.match(stdout + stderr, refused);
    assert.match(stdout, mended);
    assert.ok(folder.startsWith(sandbox.folder) && existsSync(`${folder}/carol/data/weights.bin`), folder);
    rmSync(folder, { recursive: true });
  } finally {
    sandbox.remove();
  }
});

test('a demo that nobody reads on ends quietly', async () => {
  const sandbox = createSandbox('demo-unread');
  try {
    const { stdout, stderr } = await sandbox.run('bash', ['-c', `"${process.execPath}" "${builtProgram}" demo | head -1; echo "\${PIPESTATUS[0]}"`], { env: { TMPDIR: sandbox.folder } });

    assert.deepEqual([stdout, stderr], ['\n141\n', '']);
  } finally {
    sandbox.remove();
  }
});

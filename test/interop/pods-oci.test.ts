import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { judgeProgram, whyMissing } from '../judges.ts';
import { readTree, writeTree } from '../pods-lent.ts';
import { type RegistryServer, startRegistry } from '../servers/registry.ts';
import { createSandbox, type Ended, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

describe('pods on a registry, and other programs', { skip: whyMissing('registry', 'oras', 'crane') ?? false }, () => {
  let server: RegistryServer | undefined;
  let sandbox: Sandbox | undefined;
  before(async () => {
    server = await startRegistry('registry');
    sandbox = createSandbox('pods-oci');
  });
  after(async () => {
    await server?.stop();
    sandbox?.remove();
  });
  const here = (): { readonly folder: string; readonly base: string; readonly box: Sandbox } => {
    assert.ok(sandbox && server);
    return { folder: sandbox.folder, base: `${server.authority}/team`, box: sandbox };
  };
  const run = async (words: readonly string[], ends = 0): Promise<Ended> => {
    const { box, folder } = here();
    const ended = await tow(box, words, { cwd: folder });
    assert.equal(ended.status, ends, `${words.join(' ')}: ${ended.stdout}${ended.stderr}`);
    return ended;
  };
  const judge = async (name: 'oras' | 'crane', args: readonly string[]): Promise<string> => {
    const { box, folder } = here();
    const ended = await box.run(judgeProgram(name), args, { cwd: folder });
    assert.equal(ended.status, 0, ended.stdout + ended.stderr);
    return ended.stdout;
  };

  test('ORAS gets the file that a bucket would have, with the same bytes', async () => {
    const { folder, base } = here();
    writeTree(join(folder, 'env'), { a: 'one', 'b/c': 'two' });
    await run(['pod', 'remote', 'add', 'hub', `oras://${base}`]);
    await run(['pod', 'save', 'env', 'hub', '--from', 'dir:env', '-m', 'first']);
    await run(['state', 'export', 'same.zip', '--from', 'dir:env']);

    await judge('oras', ['pull', '--plain-http', '-o', 'pulled', `${base}/env:1`]);

    assert.deepEqual(Object.keys(readTree(join(folder, 'pulled'))), ['localstack-pod-env-state-1.zip']);
    assert.ok(readFileSync(join(folder, 'pulled/localstack-pod-env-state-1.zip')).length > 0);
    await run(['state', 'import', 'pulled/localstack-pod-env-state-1.zip', '--to', 'dir:from-oras']);
    assert.deepEqual(readTree(join(folder, 'from-oras')), { a: 'one', 'b/c': 'two' });
  });

  test('the pieces of a layered version are the state when they stand one after the other', async () => {
    const { folder, base } = here();
    writeTree(join(folder, 'many'), Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`file-${at}`, `${at}`.repeat(1000)])));
    await run(['pod', 'save', 'many', 'hub', '--from', 'dir:many', '--layered']);
    await judge('oras', ['pull', '--plain-http', '-o', 'pieces', `${base}/many:1`]);

    const pieces = Object.keys(readTree(join(folder, 'pieces'))).sort();
    assert.ok(pieces.length > 1 && pieces.every((name) => name.startsWith('localstack-pod-many-state-1.zip.')), pieces.join());
    writeFileSync(join(folder, 'joined.zip'), Buffer.concat(pieces.map((name) => readFileSync(join(folder, 'pieces', name)))));
    await run(['state', 'import', 'joined.zip', '--to', 'dir:from-pieces']);
    assert.deepEqual(readTree(join(folder, 'from-pieces')), readTree(join(folder, 'many')));
    await run(['pod', 'load', 'many', 'hub', '--to', 'dir:from-layers', '--yes']);
    assert.deepEqual(readTree(join(folder, 'from-layers')), readTree(join(folder, 'many')));
    assert.match((await run(['pod', 'save', 'many', `file://${folder}/nowhere`, '--from', 'dir:many', '--layered'], 1)).stderr, /keeps each state as one object/);
  });

  test('a copy by crane is a remote like the first', async () => {
    const { folder, base } = here();
    await judge('crane', ['copy', '--insecure', '--all-tags', `${base}/env`, `${server?.authority ?? ''}/copy/env`]);
    await run(['pod', 'load', 'env:1', `oci://${server?.authority ?? ''}/copy`, '--to', 'dir:from-copy']);
    assert.deepEqual(readTree(join(folder, 'from-copy')), { a: 'one', 'b/c': 'two' });
  });

  test('what ORAS pushed is shown and loaded, and what is no state is told', async () => {
    const { folder, base } = here();
    await run(['state', 'export', 'theirs.zip', '--from', 'dir:env']);
    await judge('oras', ['push', '--plain-http', `${base}/theirs:4`, 'theirs.zip']);
    writeFileSync(join(folder, 'note.txt'), 'no zip');
    await judge('oras', ['push', '--plain-http', `${base}/note:1`, 'note.txt']);

    assert.deepEqual((JSON.parse((await run(['pod', 'versions', 'theirs', 'hub', '--format', 'json'])).stdout) as { version: number }[]).map(({ version }) => version), [4]);
    assert.match((await run(['pod', 'inspect', 'theirs', 'hub'])).stdout, /Version: 4\n[^]*Other files: 2/);
    await run(['pod', 'load', 'theirs', 'hub', '--to', 'dir:from-theirs']);
    assert.deepEqual(readTree(join(folder, 'from-theirs')), { a: 'one', 'b/c': 'two' });
    assert.match((await run(['pod', 'load', 'note', 'hub', '--to', 'dir:none'], 1)).stderr, /none of its layers is a zip/);
  });

  test('all pods in one repository, and deleted again', async () => {
    const { base } = here();
    const url = `oras://${base}/single?repo=single`;
    for (const name of ['One', 'two']) await run(['pod', 'save', name, url, '--from', 'dir:env']);
    assert.match((await run(['pod', 'list', url])).stdout, /One +1 .*\ntwo +1 /);
    await run(['pod', 'delete', 'One', url, '--yes']);
    assert.doesNotMatch((await run(['pod', 'list', url])).stdout, /One/);
  });
});

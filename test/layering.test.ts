import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectFolder } from './project.ts';

interface Violation { readonly rule: { readonly name: string }; readonly from: string; readonly to: string }

/** Where a fault is planted, what it imports, and the rule that must see it. */
const faults: readonly (readonly [file: string, imported: string, rule: string])[] = [
  ['src/repo/up.ts', '../cli/run.ts', 'repo-looks-down'],
  ['src/pods/sideways.ts', '../repo/fine.ts', 'pods-looks-down'],
  ['src/clearml/sideways.ts', '../pods/fine.ts', 'clearml-looks-down'],
  ['src/workers/up.ts', '../web/fine.ts', 'workers-looks-down'],
  ['src/cli/sideways.ts', '../web/fine.ts', 'cli-looks-down'],
  ['src/web/sideways.ts', '../cli/run.ts', 'web-looks-down'],
  ['src/odb/up.ts', '../repo/fine.ts', 'odb-looks-down'],
  ['src/remotes/sideways.ts', '../odb/fine.ts', 'remotes-looks-down'],
  ['src/drivers/s3/up.ts', '../../remotes/fine.ts', 'drivers-looks-down'],
  ['src/oci/up.ts', '../drivers/index.ts', 'oci-looks-down'],
  ['src/storage/up.ts', '../drivers/index.ts', 'storage-looks-down'],
  ['src/http/sideways.ts', '../disk/fine.ts', 'http-looks-down'],
  ['src/disk/up.ts', '../storage/fine.ts', 'disk-looks-down'],
  ['src/runtime.ts', './http/fine.ts', 'runtime.ts-looks-down'],
  ['src/errors.ts', './disk/fine.ts', 'errors.ts-looks-down'],
  ['src/repo/circle-other.ts', './circle.ts', 'no-cycles'],
  ['src/repo/nothing.ts', './not-there.ts', 'nothing-unresolved'],
  ['src/repo/tested.ts', '../../test/fine.ts', 'product-without-tests'],
  ['src/repo/random.ts', 'fast-check', 'product-without-dev-packages'],
  ['src/repo/stray.ts', 'acorn', 'only-declared-packages'],
  ['src/remotes/direct.ts', '../drivers/s3/index.ts', 'only-the-registry-opens-drivers'],
  ['src/drivers/ssh/neighbour.ts', '../s3/index.ts', 'drivers-are-strangers'],
  ['src/repo/files.ts', 'node:fs', 'only-disk-touches-files'],
  ['src/odb/files.ts', 'node:fs/promises', 'only-disk-touches-files'],
  ['src/drivers/s3/socket.ts', 'node:https', 'only-http-and-ssh-touch-sockets'],
  ['src/storage/thread.ts', 'node:worker_threads', 'only-disk-has-threads'],
  ['src/http/program.ts', 'node:child_process', 'few-start-programs'],
  ['src/drivers/s3/pool.ts', 'undici', 'only-http-knows-undici'],
  ['src/remotes/shell.ts', 'ssh2', 'only-ssh-knows-ssh2'],
  ['src/remotes/cloud.ts', '@azure/identity', 'only-azure-knows-its-identities'],
  ['src/drivers/http/ticket.ts', 'kerberos', 'only-http-knows-kerberos'],
  ['src/repo/queue.ts', 'bullmq', 'only-workers-know-bullmq'],
  ['src/repo/front.ts', '../index.ts', 'nobody-imports-the-front'],
];

/** What the rules must leave alone, each an import from a place that has the right to it. */
const rights: readonly (readonly [file: string, imported: string])[] = [
  ['src/repo/fine.ts', '../odb/fine.ts'], ['src/pods/fine.ts', '../remotes/fine.ts'], ['src/web/fine.ts', '../repo/fine.ts'], ['src/cli/run.ts', '../repo/fine.ts'],
  ['src/odb/fine.ts', '../storage/fine.ts'], ['src/remotes/fine.ts', '../drivers/index.ts'], ['src/drivers/index.ts', './s3/index.ts'], ['src/drivers/s3/index.ts', '../../http/fine.ts'],
  ['src/oci/fine.ts', '../storage/fine.ts'], ['src/storage/fine.ts', '../disk/fine.ts'], ['src/http/fine.ts', 'undici'], ['src/disk/fine.ts', 'node:fs'], ['src/disk/thread.ts', 'node:worker_threads'], ['src/disk/program.ts', 'node:child_process'],
  ['src/repo/git/git.ts', 'node:child_process'], ['src/drivers/ssh/driver.ts', 'ssh2'], ['src/drivers/azure/identity.ts', '@azure/identity'], ['src/drivers/ssh/proxy.ts', 'node:child_process'], ['src/drivers/ssh/socket.ts', 'node:net'], ['src/http/socket.ts', 'node:tls'], ['src/http/ticket.ts', 'kerberos'], ['src/workers/fine.ts', 'bullmq'], ['src/workers/other.ts', '../odb/fine.ts'],
  ['src/index.ts', './repo/fine.ts'], ['src/repo/circle.ts', './circle-other.ts'], ['test/fine.ts', '../src/repo/fine.ts'],
  ['src/storage/any.test.ts', '../cli/run.ts'], ['src/odb/any.test.ts', 'node:fs'], ['src/repo/any.test.ts', 'fast-check'], ['src/http/any.test.ts', '../../test/fine.ts'],
];

let folder = '';
let violations: readonly Violation[] = [];

before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'towline-layering-')));
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) await cp(join(projectFolder, name), join(folder, name));
  await symlink(join(projectFolder, 'node_modules'), join(folder, 'node_modules'), 'dir');
  for (const [file, imported] of [...rights, ...faults]) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `import '${imported}';\n`);
  }
  violations = await cruise(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

describe('the layering check', () => {
  for (const [file, imported, rule] of faults) {
    it(`${rule} refuses ${file} importing ${imported}`, () => {
      const seen = violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name);

      assert.ok(seen.includes(rule), `seen instead: ${seen.join(', ') || 'nothing'}`);
    });
  }

  it('leaves alone every import that has the right', () => {
    const planted = new Set(faults.map(([file]) => file));
    const wronged = violations.filter(({ from, rule }) => !planted.has(from) && rule.name !== 'no-cycles');

    assert.deepEqual(wronged.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`), []);
  });

  it('has a planted fault for every rule', () => {
    const config = createRequire(import.meta.url)(join(projectFolder, '.dependency-cruiser.cjs')) as { readonly forbidden: readonly { readonly name: string }[] };

    assert.deepEqual([...new Set(faults.map(([, , rule]) => rule))].sort(), config.forbidden.map(({ name }) => name).sort());
  });
});

async function cruise(where: string): Promise<readonly Violation[]> {
  const program = join(projectFolder, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [program, '--config', '.dependency-cruiser.cjs', '--preserve-symlinks', '--output-type', 'json', 'src'], { cwd: where, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`dependency-cruiser said nothing: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
  return (JSON.parse(output) as { readonly summary: { readonly violations: readonly Violation[] } }).summary.violations;
}

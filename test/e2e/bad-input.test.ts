import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isTemporaryName } from '../../src/disk/temporary.ts';
import { contentOf } from '../crash/case-folder.ts';
import { type Judge, whyMissing } from '../judges.ts';
import { makeCertificates } from '../servers/certificates.ts';
import { startMinio } from '../servers/minio.ts';
import { startNginx } from '../servers/nginx.ts';
import { startOpenssh } from '../servers/openssh.ts';
import { makeBucket } from '../servers/s3-bucket.ts';
import type { Ended } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { type Machine, startMachines, towBehindMounts, whyNoMounts } from './machine.ts';

/** Something that is wrong, and what is said of it. */
interface Wrong {
  readonly name: string;
  readonly where?: 'work' | 'clone';
  readonly args: readonly string[];
  readonly damage?: (machine: Machine) => void;
  /** Commands that mount file systems over parts of the machine. */
  readonly mounts?: (machine: Machine) => readonly string[];
  readonly status: number;
  readonly says: RegExp;
  /** Files that come to the workspace all the same; by default nothing at all changes there. */
  readonly arrives?: readonly string[];
}

let machines: Awaited<ReturnType<typeof startMachines>>;
before(async () => { machines = await startMachines(); });
after(() => machines.sandbox.remove());

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const config = (text: string) => ({ work, clone }: Machine): void => { for (const folder of [work, clone]) writeFileSync(join(folder, '.dvc/config'), text); };
const remoteAt = (url: string, options: Readonly<Record<string, string>> = {}): ReturnType<typeof config> => config(`[core]\n    remote = r\n['remote "r"']\n    url = ${url}\n${Object.entries(options).map(([key, value]) => `    ${key} = ${value}\n`).join('')}`);
const objectsOf = (place: string): readonly string[] => readdirSync(join(place, 'files/md5'), { recursive: true, encoding: 'utf8' }).filter((path) => /^..\/./.test(path)).map((path) => join(place, 'files/md5', path));
const fileOf = (place: string, oid: string): string => objectsOf(place).find((path) => path.endsWith(`${oid.slice(0, 2)}/${oid.slice(2)}`)) ?? '';
const B = md5('the content of b.txt\n');
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}
/** A listing that somebody made on purpose: its own md5 is right. */
const hostile = (name: string) => ({ remote, clone }: Machine): void => {
  const text = `[{"md5": "${B}", "relpath": "${name}"}]`;
  const oid = md5(text);
  mkdirSync(join(remote, 'files/md5', oid.slice(0, 2)), { recursive: true });
  writeFileSync(join(remote, 'files/md5', oid.slice(0, 2), `${oid.slice(2)}.dir`), text);
  writeFileSync(join(clone, 'data.dvc'), `outs:\n- md5: ${oid}.dir\n  size: 1\n  nfiles: 1\n  hash: md5\n  path: data\n`);
};
const emptyRemote = ({ remote }: Machine): void => rmSync(join(remote, 'files'), { recursive: true });
const readOnly = (path: string): readonly string[] => [`mount --bind '${path}' '${path}'`, `mount -o remount,ro,bind '${path}'`];
const tiny = (path: string, size: string): string => `mount -t tmpfs -o size=${size} none '${path}'`;
const DATA = ['data/a.txt', 'data/b.txt', 'data/deeper/c.txt'];

const damaged: readonly Wrong[] = [
  { name: 'a config file that is cut off', args: ['push'], damage: config('[core\nremote = x'), status: 251, says: /config file error: Invalid line \('\[core'\).*at line 1\. \(\.dvc\/config:1\)/ },
  { name: 'a key in a config file that nobody knows', args: ['push'], damage: config('[core]\n    remoot = x\n'), status: 251, says: /extra keys not allowed.*\(\.dvc\/config:2\)\nDid you mean 'remote'\?/ },
  { name: 'a config file that is no text', args: ['push'], damage: ({ work }) => writeFileSync(join(work, '.dvc/config'), Buffer.of(0x5b, 0xff)), status: 251, says: /'\.dvc\/config' is not UTF-8 text/ },
  { name: 'a .dvc file that is no YAML', args: ['push'], damage: ({ work }) => writeFileSync(join(work, 'data.dvc'), 'outs: [\n'), status: 1, says: /'\.\/data\.dvc' is invalid\./ },
  { name: 'a .dvc file with a wrong md5', args: ['push'], damage: ({ work }) => writeFileSync(join(work, 'data.dvc'), 'outs:\n- path: data\n  md5: nonsense\n'), status: 1, says: /'\.\/data\.dvc' has an md5 that is none: 'nonsense' of 'data'/ },
  { name: 'a damaged listing on the remote', where: 'clone', args: ['pull'], damage: ({ remote }) => flip(objectsOf(remote).find((path) => path.endsWith('.dir')) ?? ''), status: 1, says: /failed to transfer 'data' .* is damaged/, arrives: ['large.bin'] },
  { name: 'a damaged object on the remote', where: 'clone', args: ['pull'], damage: ({ remote }) => flip(fileOf(remote, B)), status: 1, says: /failed to transfer 'data\/b\.txt' .* but they have md5/, arrives: ['data/a.txt', 'data/deeper/c.txt', 'large.bin'] },
  { name: 'a damaged object in the cache', args: ['push'], damage: (machine) => { emptyRemote(machine); flip(fileOf(join(machine.work, '.dvc/cache'), B)); }, status: 1, says: /failed to transfer 'data\/b\.txt' .* but they have md5/ },
  ...['../../evil', '/tmp/evil', 'a\\u0000b', 'a/../b', '.', ''].map((name): Wrong => ({ name: `a listing with the name '${name}'`, where: 'clone', args: ['pull'], damage: hostile(name), status: 1, says: /is not a name inside a directory/, arrives: ['large.bin'] })),
  { name: 'a remote that is a file', args: ['push'], damage: ({ remote }) => { rmSync(remote, { recursive: true }); writeFileSync(remote, 'x'); }, status: 1, says: /a part of the path is a file, not a folder/ },
  { name: 'a cache that is a file', where: 'clone', args: ['pull'], damage: ({ clone }) => writeFileSync(join(clone, '.dvc/cache'), 'x'), status: 1, says: /a part of the path is a file, not a folder/ },
  { name: "a file of the user in a directory's place", where: 'clone', args: ['pull'], damage: ({ clone }) => writeFileSync(join(clone, 'data'), 'mine'), status: 1, says: /unsaved files without confirmation[^]*Nothing was changed/ },
];
const mounted: readonly Wrong[] = [
  { name: 'a read-only remote', args: ['push'], damage: emptyRemote, mounts: ({ remote }) => readOnly(remote), status: 1, says: /'data\/a\.txt' .* the file system is read-only/ },
  { name: 'a read-only repository', args: ['add', 'data'], mounts: ({ work }) => readOnly(work), status: 1, says: /cannot lock .* read-only\nMount it writable/ },
  { name: 'a read-only directory of data', where: 'clone', args: ['pull'], damage: ({ clone }) => { mkdirSync(join(clone, 'data')); }, mounts: ({ clone }) => readOnly(join(clone, 'data')), status: 1, says: /data\/a\.txt: cannot create .*read-only/ },
  { name: 'a full remote', args: ['push'], mounts: ({ remote }) => [tiny(remote, '64k')], status: 1, says: /'large\.bin' .* the disk is full/ },
  { name: 'a full cache', where: 'clone', args: ['pull'], damage: ({ clone }) => { mkdirSync(join(clone, '.dvc/cache')); }, mounts: ({ clone }) => [tiny(join(clone, '.dvc/cache'), '64k')], status: 1, says: /'large\.bin' .* the disk is full/, arrives: DATA },
];
const nowhere: readonly Wrong[] = [
  { name: 'no credentials for S3', args: ['push'], damage: remoteAt('s3://bucket/x', { region: 'us-east-1' }), status: 1, says: /No AWS credentials[^\n]*\nSet access_key_id/ },
  ...['s3://bucket/x', 'http://nothing.invalid/x', 'ssh://nothing.invalid/x'].map((url): Wrong => (
    { name: `a host that is not there: ${url}`, args: ['push'], damage: remoteAt(url, url.startsWith('s3') ? { endpointurl: 'http://nothing.invalid', access_key_id: 'a', secret_access_key: 'hidden-secret' } : {}), status: 1, says: /there is no host of (this|that) name\nCheck/ })),
];

for (const wrong of [...damaged, ...nowhere]) test(`${wrong.name}: is said in one line, and nothing is lost`, () => check(wrong));

const noMounts = whyNoMounts();
for (const wrong of mounted) test(`${wrong.name}: is said in one line, and nothing is lost`, noMounts === undefined ? {} : { skip: noMounts }, () => check(wrong));

describe('servers that refuse', () => {
  const needs = (...judges: readonly Judge[]): { readonly skip?: string } => {
    const skip = whyMissing(...judges);
    return skip === undefined ? {} : { skip };
  };

  test('an SSH server whose key is unknown', needs('openssh'), async () => {
    const server = await startOpenssh();
    try {
      await check({ name: '', args: ['push'], damage: remoteAt(server.url, { keyfile: server.keyFile, allow_agent: 'false' }), status: 1, says: /the host key of .* is unknown \(ssh-ed25519 SHA256:.*\nCompare the fingerprint/ });
      assert.deepEqual(readdirSync(server.dataFolder), []);
    } finally { await server.stop(); }
  });

  test('a certificate of an unknown authority', needs('nginx', 'openssl'), async () => {
    const certificates = makeCertificates();
    const server = await startNginx({ certificates });
    try {
      await check({ name: '', args: ['push'], damage: remoteAt(`${server.url}/x`, { method: 'PUT' }), status: 1, says: /self-signed certificate, or one of an authority that is not known here\nIf you trust it, set 'ssl_verify'/ });
      assert.deepEqual(readdirSync(server.dataFolder), []);
    } finally { await server.stop(); certificates.remove(); }
  });

  test('S3: a wrong secret and a bucket that is not there are said, a wrong region is put right', needs('minio'), async () => {
    const server = await startMinio();
    await makeBucket(server, 'bucket');
    const keys = { endpointurl: server.url, access_key_id: server.accessKeyId, secret_access_key: server.secretAccessKey };
    try {
      await check({ name: '', args: ['push'], damage: remoteAt('s3://bucket/x', { ...keys, secret_access_key: 'hidden-secret' }), status: 1, says: /the secret access key does not fit the access key/ });
      await check({ name: '', args: ['push'], damage: remoteAt('s3://absent/x', keys), status: 1, says: /the bucket does not exist/ });
      const machine = machines.copy();
      remoteAt('s3://bucket/x', { ...keys, region: 'eu-west-9' })(machine);
      assert.equal((await tow(machine.sandbox, ['push'], { cwd: machine.work })).status, 0);
    } finally { await server.stop(); }
  });
});

test('what cut uploads have left on a web server is neither trusted by a pull nor by the next push, which mends it', (() => { const skip = whyMissing('nginx'); return skip === undefined ? {} : { skip }; })(), async () => {
  const server = await startNginx();
  try {
    const machine = machines.copy();
    remoteAt(`${server.url}/x`, { method: 'PUT' })(machine);
    assert.equal((await tow(machine.sandbox, ['push'], { cwd: machine.work })).status, 0);
    const place = join(server.dataFolder, 'x');
    const whole = contentOf(place);
    const large = md5(String(readFileSync(join(machine.work, 'large.bin'))));
    for (const oid of [B, large]) writeFileSync(fileOf(place, oid), readFileSync(fileOf(place, oid)).subarray(0, 10));

    const pull = await tow(machine.sandbox, ['pull'], { cwd: machine.clone });
    const push = await tow(machine.sandbox, ['push'], { cwd: machine.work });

    assert.deepEqual([pull.status, filesOf(machine.clone)], [1, ['data/a.txt', 'data/deeper/c.txt']], pull.stderr);
    assert.deepEqual([push.status, push.stdout], [0, '2 files pushed\n'], push.stderr);
    assert.deepEqual(new Map(contentOf(place)), new Map(whole));
  } finally { await server.stop(); }
});

test('what is only remembered may be damaged: it is made anew', async () => {
  const machine = machines.copy();
  const state = join(machine.work, '.dvc/tmp/towline/state');
  assert.ok(readdirSync(state).length > 0);
  for (const name of readdirSync(state)) writeFileSync(join(state, name), 'garbage');
  for (const folder of ['', 'journal']) mkdirSync(join(machine.clone, '.dvc/tmp/towline', folder), { recursive: true });
  writeFileSync(join(machine.clone, '.dvc/tmp/towline/placed.json'), '{"a');
  writeFileSync(join(machine.clone, `.dvc/tmp/towline/journal/${'0'.repeat(64)}.json`), '{');

  const status = await tow(machine.sandbox, ['status'], { cwd: machine.work });
  const pull = await tow(machine.sandbox, ['pull'], { cwd: machine.clone });

  assert.deepEqual([status.status, status.stdout, pull.status], [0, 'Data and pipelines are up to date.\n', 0], pull.stderr);
  assert.deepEqual(filesOf(machine.clone), [...DATA, 'large.bin'].sort());
});

/** Runs the command and looks at what it said and what it left. */
async function check(wrong: Wrong): Promise<void> {
  const machine = machines.copy();
  wrong.damage?.(machine);
  const cwd = machine[wrong.where ?? 'work'];
  const before = contentOf(cwd, isOurs);
  const ended = wrong.mounts ? await towBehindMounts(machine, wrong.mounts(machine), { args: wrong.args, cwd }) : await tow(machine.sandbox, wrong.args, { cwd });

  assert.equal(ended.status, wrong.status, ended.stderr);
  checkWords(ended, wrong);
  for (const [path, content] of before) assert.equal(contentOf(cwd, isOurs).get(path) ?? 'folder', content, `'${path}' was changed`);
  assert.deepEqual(filesOf(cwd), [...new Set([...[...before].filter(([path, content]) => content !== 'folder' && !path.startsWith('.') && !/\.dvc$/.test(path)).map(([path]) => path), ...(wrong.arrives ?? [])])].sort());
  assert.deepEqual([join(cwd, '../evil'), '/tmp/evil'].filter((path) => existsSync(path)), [], 'a file outside of the repository');
  for (const place of [machine.remote, join(cwd, '.dvc/cache')]) assert.deepEqual(halfWritten(place), [], `half-written files in ${place}`);
}

function checkWords({ stderr, stdout }: Ended, { says }: Wrong): void {
  assert.match(stderr, says);
  assert.match(stderr, /^ERROR: /m);
  assert.doesNotMatch(stdout + stderr, /^\s+at .*\d+:\d+|unexpected error|fault of Towline|hidden-secret|\[object/m);
}

const isOurs = (path: string): boolean => path === '.git' || path === '.dvc/tmp' || path === '.dvc/cache';
const filesOf = (folder: string): readonly string[] => [...contentOf(folder, isOurs)].filter(([path, content]) => content !== 'folder' && !path.startsWith('.') && !/\.dvc$/.test(path)).map(([path]) => path).sort();

function halfWritten(place: string): readonly string[] {
  try {
    return readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((path) => isTemporaryName(path.slice(path.lastIndexOf('/') + 1)));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}

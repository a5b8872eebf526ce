import fc from 'fast-check';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { push } from '../../src/cli/commands/push.ts';
import { remoteAdd } from '../../src/cli/commands/remote-add.ts';
import { packNames } from '../../src/disk/names.ts';
import { nodeDisk } from '../../src/disk/node.ts';
import { TowlineError } from '../../src/errors.ts';
import { entryOf } from '../../src/drivers/http/entry.ts';
import { contentRange } from '../../src/http/ranges.ts';
import { decodeText, encodeText, readFields } from '../../src/http/xml.ts';
import { parseKnownHosts, serializeKnownHost } from '../../src/drivers/ssh/known-hosts.ts';
import { parseSshConfig } from '../../src/drivers/ssh/ssh-config-blocks.ts';
import { resolveSshConfig } from '../../src/drivers/ssh/ssh-config.ts';
import { parseChallenges } from '../../src/http/challenge.ts';
import { netrcLogin } from '../../src/http/netrc.ts';
import { parseRetryAfter } from '../../src/http/retry-after.ts';
import type { HttpResponse } from '../../src/http/transport.ts';
import type { Oid } from '../../src/odb/hash-info.ts';
import { packOids } from '../../src/odb/oid-column.ts';
import { parseStateBlock, serializeStateBlock, type StateBlock } from '../../src/odb/state-block.ts';
import { createTree, parseTree, serializeTree } from '../../src/odb/tree.ts';
import { parseIni } from '../../src/remotes/configobj.ts';
import { addSection, setKey } from '../../src/remotes/ini-edit.ts';
import { parseDvcFile, updateDvcFile } from '../../src/repo/files/dvc-file.ts';
import { parseDvcLock } from '../../src/repo/files/dvc-lock.ts';
import { parseDvcYaml } from '../../src/repo/files/dvc-yaml.ts';
import { newOutput, newStage } from '../../src/repo/new-stage.ts';
import { parsePython } from '../../src/repo/pipeline/python-params.ts';
import { parseToml } from '../../src/repo/pipeline/toml-params.ts';
import { isPath, parsePath } from '../../src/storage/path.ts';
import { createJournal } from '../../src/storage/transfer/journal.ts';
import { projectFolder } from '../project.ts';
import { azureParsers } from './azure-parsers.ts';
import { webdavParsers } from './webdav-parsers.ts';
import { webhdfsParsers } from './webhdfs-parsers.ts';
import { clearmlParsers } from './clearml-parsers.ts';
import { temporaryFolder } from '../servers/server.ts';

/** A parser of what comes from outside. */
export interface Parser {
  readonly name: string;
  readonly parse: (text: string) => unknown;
  /** Good inputs, which are damaged in a thousand ways. */
  readonly corpus: readonly string[];
  /** What is written is read again as the same. */
  readonly roundTrip?: fc.IProperty<[unknown]>;
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const golden = (path: string): string => readFileSync(join(projectFolder, 'test/golden', path), 'utf8');
const files = JSON.parse(golden('dvc-3.67.1/repository-files.json')) as { readonly add: readonly { readonly dvc: string }[]; readonly imports: readonly { readonly dvc: string }[]; readonly projects: readonly { readonly files: Readonly<Record<string, string>> }[] };
const projectFiles = (name: string): readonly string[] => files.projects.flatMap((project) => project.files[name] ?? []);

/** Any text that a property gives, checked by what reads it back. */
function same<T>(arbitrary: fc.Arbitrary<T>, isSame: (value: T) => boolean): fc.IProperty<[unknown]> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds properties of many types; each is made and used with its own
  return fc.property(arbitrary, isSame) as unknown as fc.IProperty<[unknown]>;
}

const oid = fc.stringMatching(/^[0-9a-f]{32}$/).map((text) => text as Oid);
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((text) => isPath(text) && !text.includes('/'));
const names = fc.uniqueArray(name, { maxLength: 12 });
const equal = isDeepStrictEqual;

const ini: Parser = {
  name: 'config', parse: (text) => parseIni(text),
  corpus: ["[core]\n    remote = store\n    autostage = true\n['remote \"store\"']\n    url = s3://bucket/a b\n    # a comment\n    type = reflink, copy\n[cache]\n    type = \"reflink,copy\"\n", "a = '''x\ny'''\n[s]\n[[t]]\nk = \"v\" # c\n", '[core]\nremote = a,\n'],
  roundTrip: same(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\r\n\v\f\u001c-\u001e\u0085\u2028\u2029]/.test(text)), fc.stringMatching(/^[a-z_]{1,8}$/)), ([value, key]) => {
    const text = setKey(addSection('', 'core', ''), 'core', { key, value });
    const section = parseIni(text).root.entries.find((one) => one.kind === 'section');
    const found = section?.kind === 'section' ? section.entries.find((one) => one.kind === 'key' && one.name === key) : undefined;
    return found?.kind === 'key' && found.value === value;
  }),
};

const tree: Parser = {
  name: '.dir', parse: (text) => parseTree(bytesOf(text), 'here'),
  corpus: ['[{"md5": "d41d8cd98f00b204e9800998ecf8427e", "relpath": "a"}, {"md5": "d41d8cd98f00b204e9800998ecf8427e", "relpath": "b/\\u00fc"}]', '[]'],
  roundTrip: same(fc.array(fc.tuple(names.filter((list) => list.length > 0), oid), { maxLength: 8 }), (list) => {
    // The number in front keeps one name from being the folder of another.
    const made = createTree(list.map(([parts, md5], at) => ({ relpath: `${at}${parts.join('/')}`, oid: md5 })).filter(({ relpath }) => isPath(relpath)));
    return equal([...parseTree(serializeTree(made.entries), 'here')], [...made.entries]);
  }),
};

const numbers = (count: number): fc.Arbitrary<Float64Array> => fc.array(fc.double({ noNaN: true }), { minLength: count, maxLength: count }).map((list) => Float64Array.from(list));
const block = fc.uniqueArray(fc.stringMatching(/^[a-zü/]{1,9}$/), { maxLength: 9 }).chain((list) =>
  fc.record({ names: fc.constant(packNames(list)), size: numbers(list.length), mtimeMs: numbers(list.length), inode: numbers(list.length), digests: fc.array(fc.oneof(oid, fc.constant('' as Oid)), { minLength: list.length, maxLength: list.length }).map(packOids), summary: fc.oneof(oid, fc.constant('')) }));
const plainBlock = (one: StateBlock | undefined): unknown => one && { ...one, names: [...one.names], digests: [...one.digests] };
const state: Parser = {
  name: 'state block', parse: (text) => parseStateBlock(bytesOf(text)),
  corpus: [{ names: packNames(['a', 'b/c']), size: Float64Array.of(1, 2), mtimeMs: Float64Array.of(1.5, 2), inode: Float64Array.of(7, 8), digests: packOids(['d41d8cd98f00b204e9800998ecf8427e' as Oid, '' as Oid]), summary: '' }, { names: packNames([]), size: new Float64Array(), mtimeMs: new Float64Array(), inode: new Float64Array(), digests: packOids([]), summary: 'd41d8cd98f00b204e9800998ecf8427e' }]
    .map((one) => Buffer.from(serializeStateBlock(one)).toString('latin1')),
  // '000...' as a digest is how 'none' is kept.
  roundTrip: same(block.filter((one) => !/^0+$/.test(one.summary)), (one) => equal(plainBlock(parseStateBlock(serializeStateBlock(one))), plainBlock(one))),
};

const dvcFile: Parser = {
  name: '.dvc', parse: (text) => parseDvcFile(text, 'data.dvc'),
  corpus: [...files.add, ...files.imports].map(({ dvc }) => dvc),
  roundTrip: same(fc.tuple(name, oid, fc.nat()), ([path, value, size]) => {
    const stage = newStage(newOutput(path, { hash: { name: 'md5', value }, meta: { size } }));
    const text = updateDvcFile(undefined, stage);
    return equal(parseDvcFile(text, stage.file).outputs, stage.outputs) && updateDvcFile(text, parseDvcFile(text, stage.file)) === text;
  }),
};

const lock: Parser = {
  name: 'dvc.lock', parse: (text) => parseDvcLock(text, 'dvc.lock'),
  corpus: [...projectFiles('dvc.lock'), "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n    - path: data\n      hash: md5\n      md5: d41d8cd98f00b204e9800998ecf8427e.dir\n      size: 3\n      nfiles: 1\n    params:\n      params.yaml:\n        a.b: 1.5\n    outs:\n    - path: model\n      hash: md5\n      md5: d41d8cd98f00b204e9800998ecf8427e\n      size: 0\n"],
};
const tomlParams: Parser = { name: 'parameters in TOML', parse: (text) => parseToml(text, 'params.toml'), corpus: ['lr = 1e-3\n[net]\nlayers = [3, 1.0]\nname = "a"\n[[runs]]\nat = 1979-05-27T07:32:00Z\no = {a.b = 1, "c d" = \'x\'}\ntext = """\nlong \\\n one"""\n'] };
const pythonParams: Parser = { name: 'parameters in Python', parse: (text) => parsePython(text, 'params.py'), corpus: ['RATE = 1e-3\nA: int = -1\nclass Opt(Base):\n    names = ["a", \'b\' "c\\x41"]\n    sizes = {"k": (1, 2.), **x}\n    def __init__(self):\n        self.decay = -.5\n\nmade = call(x for y in z)\n'] };
const pipeline: Parser = { name: 'dvc.yaml', parse: (text) => parseDvcYaml(text, 'dvc.yaml'), corpus: projectFiles('dvc.yaml') };

const listing = '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents><Key>a&#x26;b</Key><Size>5</Size><ETag>&quot;x&quot;</ETag><Owner><ID>1</ID></Owner></Contents><CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes><Empty/></ListBucketResult>';
const xml: Parser = {
  name: 'S3 XML', parse: (text) => readFields(text), corpus: [listing, `${listing}${'<!-- -->'.repeat(40)}x`, '<Error><Code>NoSuchKey</Code></Error>'],
  roundTrip: same(fc.string({ unit: 'binary' }), (text) => decodeText(encodeText(text.replaceAll('\0', ''))) === text.replaceAll('\0', '')),
};

const netrc: Parser = {
  name: 'netrc', parse: (text) => netrcLogin(text, 'host'),
  corpus: ['machine host login me password "a b\\"c"\n# comment\nmacdef init\ncd /\n\ndefault login anonymous password x\n', 'machine\thost\nlogin me\npassword p\naccount a\n'],
  roundTrip: same(fc.tuple(fc.stringMatching(/^[^\s"#\\]{1,9}$/), fc.stringMatching(/^[^\r\n]{0,9}$/)), ([login, password]) =>
    equal(netrcLogin(`machine host login ${login} password "${password.replace(/["\\]/g, '\\$&')}"\n`, 'host'), { login, password })),
};

const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIKR5CXS6sFxjOp+FInVfGWh6opag4yqpImx2NtOAXJoO';
const knownHosts: Parser = {
  name: 'known_hosts', parse: (text) => parseKnownHosts(text, 'known_hosts'),
  corpus: ['hashed', 'plain'].map((file) => golden(`openssh-9.2p1/known-hosts/${file}`)),
  roundTrip: same(fc.tuple(fc.stringMatching(/^[a-z0-9.,*?[\]:-]{1,20}$/), fc.constantFrom('cert-authority' as const, 'revoked' as const, undefined)), ([hosts, marker]) => {
    const line = { marker, names: hosts, keyType: 'ssh-ed25519', key: Buffer.from(key, 'base64') };
    return equal(parseKnownHosts(`${serializeKnownHost(line)}\n`, 'f'), [{ ...line, file: 'f', line: 1 }]);
  }),
};

const sshConfig: Parser = {
  name: 'ssh_config',
  parse: (text) => resolveSshConfig([parseSshConfig(text, (_pattern, parse) => [parse(text)])], { host: 'host', user: undefined, localUser: 'me', warn: () => undefined }),
  corpus: ['Host *.example.com !bad host\n  HostName %h.internal\n  User "a b"\n  IdentityFile ~/.ssh/id # c\nMatch host a,b user=x all\n  Port=22\n', 'ProxyCommand ssh -W %h:%p jump\nProxyJump a,b:22\nMatch final\n  Port 2\n'],
};

const folder = join(temporaryFolder('fuzz'), 'journal');
const journal = createJournal(folder, { disk: nodeDisk, now: () => 1_000_000, warn: () => undefined });
const upload = { target: 's3://b', path: parsePath('a/b'), size: 100 };
const entry = { token: 'token', partSize: 50, parts: [{ number: 1, start: 0, end: 50, tag: 'x' }] };
mkdirSync(folder, { recursive: true });
journal.save(upload, entry);
const journalFile = join(folder, readdirSync(folder)[0] ?? '');
const journals: Parser = {
  name: 'journal', corpus: [readFileSync(journalFile, 'utf8')],
  parse(text) {
    writeFileSync(journalFile, text);
    return journal.find(upload);
  },
  roundTrip: same(fc.record({ token: fc.string(), partSize: fc.integer({ min: 1 }), parts: fc.array(fc.record({ number: fc.nat(), start: fc.nat(49), end: fc.integer({ min: 50, max: 100 }), tag: fc.string() }, { noNullPrototype: true })) }, { noNullPrototype: true }), (one) => {
    journal.save(upload, one);
    const found = journal.find(upload);
    return equal({ token: found?.token, partSize: found?.partSize, parts: found?.parts }, one);
  }),
};

const argv: Parser = {
  name: 'argv', corpus: ['push -r store -j 4 data', '--jobs=3\n-a\n-T', 'add -d --force name url', '--no-run-cache --json --cd x -vv -q -- -x'],
  parse(text) {
    const words = text.split(/[ \n]/);
    return [push, remoteAdd].map((command) => {
      try {
        return parseArguments(words, command.flags, command.positionals);
      } catch (error) {
        if (error instanceof TowlineError) return undefined;
        throw error;
      }
    });
  },
};

/** An answer with one header, as a server may send it. */
const answer = (status: number, header: string, value: string): HttpResponse => ({ status, header: (asked: string) => (asked === header ? value : undefined) }) as unknown as HttpResponse;
const headers: Parser = {
  name: 'headers', corpus: ['bytes 0-5/10', 'bytes */10', 'Wed, 21 Oct 2015 07:28:00 GMT', '120', 'Basic realm="a, b", Digest realm="x", nonce="\\"y", qop=auth', 'sha-256=:abc=:, md5=xyz', '5'],
  parse: (text) => [
    contentRange(answer(206, 'content-range', text)), parseRetryAfter(text, 0), parseChallenges(text),
    ...['content-length', 'content-md5', 'digest', 'last-modified', 'etag'].map((header) => entryOf(parsePath('a'), answer(200, header, text))),
  ],
  roundTrip: same(fc.tuple(fc.nat(), fc.nat(), fc.nat()), ([start, size, rest]) => equal(contentRange(answer(206, 'content-range', `bytes ${start}-${start + size}/${start + size + 1 + rest}`)), { start, end: start + size + 1, total: start + size + 1 + rest })),
};

export const parsers: readonly Parser[] = [ini, tree, state, dvcFile, lock, pipeline, tomlParams, pythonParams, xml, netrc, sshConfig, knownHosts, journals, argv, headers, ...azureParsers, ...webdavParsers, ...webhdfsParsers, ...clearmlParsers];

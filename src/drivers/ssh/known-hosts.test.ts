import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readText } from '../../disk/read.ts';
import { fingerprint } from './host-key.ts';
import { knownName, namesHost, parseKnownHosts, serializeKnownHost } from './known-hosts.ts';

const golden = (name: string): string => readText(new URL(`../../../test/golden/openssh-9.2p1/known-hosts/${name}`, import.meta.url.replace('/dist/src/', '/src/')).pathname) ?? '';
const key = (type: string, rest = 'rest of the key'): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.from(rest)]);
};
const line = (names: string, type = 'ssh-ed25519'): string => `${names} ${type} ${key(type).toString('base64')}`;

test('names hashed by ssh-keygen -H are found like the plain ones', () => {
  const [plain, hashed] = [parseKnownHosts(golden('plain'), 'plain'), parseKnownHosts(golden('hashed'), 'hashed')];

  assert.equal(hashed.length, 4);
  for (const [host, port] of [['data.example.com', 22], ['data.example.com', 2222], ['192.0.2.7', 22], ['2001:db8::7', 2200]] as const) {
    const found = (lines: typeof plain): readonly string[] => lines.filter(({ names }) => namesHost(names, knownName(host, port))).map((one) => `${one.line} ${one.keyType}`);
    assert.equal(found(hashed).length, 1);
    assert.deepEqual(found(hashed), found(plain));
  }
});

test('a fingerprint is spelled as ssh-keygen -l spells it', () => {
  const printed = golden('fingerprints');

  for (const known of parseKnownHosts(golden('plain'), 'plain')) assert.ok(printed.includes(fingerprint(known.key)));
});

test('names are matched without regard to case, with wildcards and negation', () => {
  assert.equal(namesHost('*.Example.com,!bad.example.com', 'DATA.example.com'), true);
  assert.equal(namesHost('*.example.com,!bad.example.com', 'bad.example.com'), false);
  assert.equal(namesHost('[*.example.com]:2222', '[a.example.com]:2222'), true);
  assert.equal(namesHost('data.example.com', '[data.example.com]:2222'), false);
});

test('markers, comments and trailing words are understood', () => {
  const lines = parseKnownHosts(`# a comment\n\n@cert-authority ${line('*.example.com')} a comment\n@revoked ${line('*')}\r\n  ${line('host')}\n`, 'file');

  assert.deepEqual(lines.map(({ marker, names, line: at }) => [marker, names, at]), [['cert-authority', '*.example.com', 3], ['revoked', '*', 4], [undefined, 'host', 5]]);
});

test('lines that are damaged are passed over without an error', () => {
  const lies = `host ssh-rsa ${key('ssh-ed25519').toString('base64')}`;

  assert.deepEqual(parseKnownHosts(`host\nhost ssh-rsa\nhost ssh-rsa !!!\n@other ${line('host')}\n${lies}\nhost ssh-rsa AAAA\n|1|x|y ssh-rsa\n`, 'file'), []);
  assert.equal(namesHost('|1|bad', 'host'), false);
  assert.equal(namesHost('|2|YWJj|YWJj', 'host'), false);
});

test('a serialized line reads back as itself', () => {
  const known = fc.record({ marker: fc.constantFrom(undefined, 'revoked' as const, 'cert-authority' as const), names: fc.stringMatching(/^[a-z0-9.*?![\]:,-]{1,40}$/), rest: fc.string({ minLength: 1 }) });
  fc.assert(fc.property(known, ({ marker, names, rest }) => {
    const written = { marker, names, keyType: 'ssh-ed25519', key: key('ssh-ed25519', rest) };
    assert.deepEqual(parseKnownHosts(serializeKnownHost(written), 'f'), [{ ...written, file: 'f', line: 1 }]);
  }));
});

test('any text is read without an error', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => { parseKnownHosts(text, 'f').forEach(({ names }) => namesHost(names, 'host')); }));
});

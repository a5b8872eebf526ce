import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHostKey, fingerprint, type HostKeyChecking, type HostKeyRules, judgeHostKey, preferredAlgorithms } from './host-key.ts';
import { parseKnownHosts } from './known-hosts.ts';

const key = (type: string, rest: string): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.from(rest)]);
};
const [right, wrong] = [key('ssh-ed25519', 'right'), key('ssh-ed25519', 'wrong')];
const known = (text: string): HostKeyRules['known'] => parseKnownHosts(text.replace(/KEY\((.*?)\)/g, (_, rest: string) => `ssh-ed25519 ${key('ssh-ed25519', rest).toString('base64')}`), '/home/alice/.ssh/known_hosts');
const host = (port = 22, alias?: string): HostKeyRules['subject'] => ({ host: 'data.example.com', port, alias });

function check(text: string, { checking = 'strict', shown = right, subject = host() }: { readonly checking?: HostKeyChecking; readonly shown?: Buffer; readonly subject?: HostKeyRules['subject'] } = {}): { readonly error: ReturnType<typeof checkHostKey>; readonly remembered: readonly string[]; readonly warnings: readonly string[] } {
  const remembered: string[] = [];
  const warnings: string[] = [];
  const error = checkHostKey({ subject, known: known(text), checking, files: ['/home/alice/.ssh/known_hosts'], remember: (line) => { remembered.push(line); }, warn: (warning) => { warnings.push(warning); } }, shown);
  return { error, remembered, warnings };
}

test('a key that is known is trusted', () => {
  assert.equal(check('data.example.com KEY(right)').error, undefined);
});

test('an unknown key is refused with its fingerprint and what to do', () => {
  const { error } = check('other.example.com KEY(right)');

  assert.equal(error?.code, 'UNAUTHENTICATED');
  assert.ok(error.message.includes(fingerprint(right)) && error.message.includes('/home/alice/.ssh/known_hosts'));
  assert.match(error.hint ?? '', /ssh-keyscan data\.example\.com.*host_key_checking = accept-new/);
});

test('a changed key is refused loudly with the line that says otherwise, whatever may be accepted as new', () => {
  for (const checking of ['strict', 'accept-new'] as const) {
    const { error, remembered } = check('# first\ndata.example.com KEY(right)', { shown: wrong, checking });
    assert.match(error?.message ?? '', /HAS CHANGED.*\/home\/alice\/\.ssh\/known_hosts:2/);
    assert.deepEqual(remembered, []);
  }
});

test('a revoked key is refused even when it is known and nothing is checked', () => {
  for (const checking of ['strict', 'accept-new', 'off'] as const) assert.match(check('data.example.com KEY(right)\n@revoked * KEY(right)', { checking }).error?.message ?? '', /revoked in .*:2/);
});

test('accept-new trusts an unknown key and remembers it', () => {
  const { error, remembered, warnings } = check('', { checking: 'accept-new', subject: host(2222) });

  assert.equal(error, undefined);
  assert.deepEqual(remembered, [`[data.example.com]:2222 ssh-ed25519 ${right.toString('base64')}`]);
  assert.equal(warnings.length, 1);
});

test('off trusts any key but one that is revoked, and says so', () => {
  const { error, warnings } = check('data.example.com KEY(right)', { checking: 'off', shown: wrong });

  assert.equal(error, undefined);
  assert.equal(warnings.length, 1);
});

test('a certificate authority does not make a plain key known', () => {
  const { error } = check('@cert-authority *.example.com KEY(right)');

  assert.match(error?.hint ?? '', /transport = openssh/);
});

test('a key known without a port holds for another port, a different one there does not make it changed', () => {
  assert.deepEqual(judgeHostKey(known('data.example.com KEY(right)'), host(2222), right), { kind: 'known' });
  assert.equal(judgeHostKey(known('data.example.com KEY(wrong)'), host(2222), right).kind, 'unknown');
  assert.equal(judgeHostKey(known('[data.example.com]:2222 KEY(wrong)'), host(2222), right).kind, 'changed');
});

test('an alias is looked for in place of the host', () => {
  assert.equal(check('cluster KEY(right)', { subject: host(2222, 'cluster') }).error, undefined);
  assert.equal(check('data.example.com KEY(right)', { subject: host(22, 'cluster') }).error?.code, 'UNAUTHENTICATED');
});

test('a key of another type than the known one is unknown, and the message says which is known', () => {
  assert.match(check('data.example.com KEY(right)', { shown: key('ssh-rsa', 'x') }).error?.message ?? '', /only its ssh-ed25519 key is known/);
});

test('the algorithms of the known keys are asked for first', () => {
  const rsa = parseKnownHosts(`data.example.com ssh-rsa ${key('ssh-rsa', 'x').toString('base64')}`, 'f');

  assert.deepEqual(preferredAlgorithms(rsa, host()).slice(0, 4), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519']);
  assert.equal(preferredAlgorithms(rsa, host(2222))[0], 'rsa-sha2-512');
  assert.equal(preferredAlgorithms([], host())[0], 'ssh-ed25519');
});

test('bytes that are no key are refused', () => {
  assert.equal(check('', { checking: 'off', shown: Buffer.from([0, 0]) }).error?.code, 'CORRUPT');
});

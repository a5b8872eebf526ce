import assert from 'node:assert/strict';
import { test } from 'node:test';
import { netrcLogin } from './netrc.ts';

const FILE = `# machine commented login no password no
machine Host.example login ann password "p a\\"ss#1"
macdef init
machine in.macro login bad password bad
cd /pub

machine two.example
  login bob
  account x
  password #hash
machine two.example login second password second
default login anonymous password me@
machine late.example login l password p
`;

test("a host's own entry is found, in any case, over several lines, the first of two", () => {
  assert.deepEqual(netrcLogin(FILE, 'host.EXAMPLE'), { login: 'ann', password: 'p a"ss#1' });
  assert.deepEqual(netrcLogin(FILE, 'two.example'), { login: 'bob', password: '#hash' });
  assert.deepEqual(netrcLogin(FILE, 'late.example'), { login: 'l', password: 'p' });
});

test('macros and comments hold no entries, and other hosts get the default', () => {
  for (const host of ['in.macro', 'commented', 'other']) assert.deepEqual(netrcLogin(FILE, host), { login: 'anonymous', password: 'me@' });
});

test('without a default other hosts get nothing', () => {
  assert.equal(netrcLogin('machine a login b password c', 'other'), undefined);
  assert.equal(netrcLogin('', 'other'), undefined);
});

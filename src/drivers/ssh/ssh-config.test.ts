import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Given, hostSettings, type HostSettings } from './host-settings.ts';
import { parseHop } from './jump-host.ts';
import { readSshConfig } from './ssh-config-files.ts';
import { parseSshConfig, splitWords } from './ssh-config-blocks.ts';
import { resolveSshConfig } from './ssh-config.ts';
import type { LocalFiles } from './local-files.ts';
import { matchesPattern } from './patterns.ts';

const home = '/h/alice';

function settingsFor(files: string | Readonly<Record<string, string>>, given: Partial<Given> = {}): HostSettings & { readonly warnings: readonly string[] } {
  const texts: Readonly<Record<string, string>> = typeof files === 'string' ? { [`${home}/.ssh/config`]: files } : files;
  const disk: LocalFiles = { readText: (path) => texts[path], glob: (pattern) => Object.keys(texts).filter((path) => matchesPattern(pattern, path)).sort(), appendLine: () => undefined };
  const warnings: string[] = [];
  const full: Given = { host: 'data', user: undefined, port: undefined, localUser: 'alice', home, env: {}, ...given };
  const settings = resolveSshConfig(readSshConfig(disk, home), { ...full, warn: (text) => { warnings.push(text); } });
  return { ...hostSettings(settings, full), warnings };
}

test('without a configuration a host is what it is called', () => {
  const { target, identity, proxy, hostKeys } = settingsFor({});

  assert.deepEqual(target, { hostName: 'data', port: 22, user: 'alice' });
  assert.deepEqual(identity, { files: undefined, isExclusive: false, agent: undefined });
  assert.equal(proxy, undefined);
  assert.deepEqual(hostKeys.userFiles, ['/h/alice/.ssh/known_hosts', '/h/alice/.ssh/known_hosts2']);
});

test('the first value of a keyword wins, and what is given wins over it', () => {
  const config = 'Host data\n  HostName %h.example.com\n  Port 2222\n  User=bob\nHost *\n  Port 99\n  User carol\n';

  assert.deepEqual(settingsFor(config).target, { hostName: 'data.example.com', port: 2222, user: 'bob' });
  assert.deepEqual(settingsFor(config, { user: 'dora', port: 7 }).target, { hostName: 'data.example.com', port: 7, user: 'dora' });
  assert.deepEqual(settingsFor(config, { host: 'other' }).target, { hostName: 'other', port: 99, user: 'carol' });
});

test("the user's file comes before the machine's", () => {
  assert.equal(settingsFor({ [`${home}/.ssh/config`]: 'User bob', '/etc/ssh/ssh_config': 'User carol\nPort 3' }).target.user, 'bob');
  assert.equal(settingsFor({ '/etc/ssh/ssh_config': 'User carol\nPort 3' }).target.port, 3);
});

test('a Host line with a negated pattern leaves that host out', () => {
  assert.equal(settingsFor('Host * !data\n  User bob').target.user, 'alice');
});

test('key files add up, with their tokens and the home folder put in', () => {
  const { identity } = settingsFor('IdentityFile ~/.ssh/%r@%h\nHost data\n  HostName db.example.com\n  User bob\n  IdentityFile "%d/my keys/id"\n  IdentityFile ${KEYS}/k\n  IdentitiesOnly yes', { env: { KEYS: '/keys' } });

  assert.deepEqual(identity, { agent: undefined, files: ['/h/alice/.ssh/bob@db.example.com', '/h/alice/my keys/id', '/keys/k'], isExclusive: true });
});

test('the agent may be a socket, a variable, none or the usual one', () => {
  const agent = (value: string): string | undefined => settingsFor(`IdentityAgent ${value}`, { env: { MY_SOCK: '/tmp/sock' } }).identity.agent;

  assert.deepEqual(['~/agent.sock', '$MY_SOCK', 'none', 'SSH_AUTH_SOCK'].map(agent), ['/h/alice/agent.sock', '/tmp/sock', 'none', undefined]);
});

test('of ProxyJump and ProxyCommand the first counts, and none means neither', () => {
  assert.deepEqual(settingsFor('ProxyJump bob@gate:2200,inner\nProxyCommand nc %h %p').proxy, { kind: 'jump', hops: ['bob@gate:2200', 'inner'] });
  assert.deepEqual(settingsFor('ProxyCommand nc -x "a b" %h %p %%\nProxyJump gate', { port: 5 }).proxy, { kind: 'command', command: 'nc -x "a b" data 5 %' });
  assert.equal(settingsFor('ProxyJump none\nProxyCommand nc %h %p').proxy, undefined);
});

test('included files count where the line stands, relative to the folder of the file', () => {
  const { target } = settingsFor({
    [`${home}/.ssh/config`]: 'Host other\n  Include conf.d/never\nHost data\n  Include conf.d/*.conf\nHost *\n  User last',
    [`${home}/.ssh/conf.d/never`]: 'User never',
    [`${home}/.ssh/conf.d/a.conf`]: 'Port 1\nHost other\n  User wrong',
    [`${home}/.ssh/conf.d/b.conf`]: 'Port 2\nUser bob',
  });

  assert.deepEqual(target, { hostName: 'data', port: 1, user: 'bob' });
});

test('a file that includes itself ends', () => {
  assert.equal(settingsFor({ [`${home}/.ssh/config`]: 'Include config\nUser bob' }).target.user, 'bob');
});

test('Match blocks look at host, originalhost, user, localuser, all and final', () => {
  const config = 'Host data\n HostName db.example.com\nMatch host *.example.com\n Port 1\nMatch originalhost data user alice\n User %u-bob\nMatch localuser !alice,*\n HostKeyAlias wrong\nMatch !host other all\n HostKeyAlias right\nMatch final\n ConnectTimeout 9';
  const { target, hostKeys, timing } = settingsFor(config);

  assert.deepEqual([target.port, hostKeys.alias, timing.connectSeconds], [1, 'right', 9]);
});

test('a command in a Match block is not run, and the user hears of it', () => {
  const { target, warnings } = settingsFor('Match exec "touch /tmp/x"\n User bob');

  assert.equal(target.user, 'alice');
  assert.equal(warnings.length, 1);
});

test('host key settings are read; asking is not accepting', () => {
  const checking = (value: string): unknown => settingsFor(`StrictHostKeyChecking ${value}`).hostKeys.checking;

  assert.deepEqual(['yes', 'ask', 'accept-new', 'no', 'off'].map(checking), ['strict', undefined, 'accept-new', 'accept-new', 'accept-new']);
  assert.deepEqual(settingsFor('UserKnownHostsFile ~/one "/two three"\nGlobalKnownHostsFile none').hostKeys, { userFiles: ['/h/alice/one', '/two three'], globalFiles: [], checking: undefined, alias: undefined });
});

test('comments, blank lines, quotes and capitals are read as OpenSSH reads them', () => {
  assert.deepEqual(splitWords('one "two three" \'four\' fi\\ ve # six'), ['one', 'two three', 'four', 'fi ve']);
  assert.equal(settingsFor('# Host x\n\n  hOsT   data   # comment\n\tUSER "bob"').target.user, 'bob');
});

test('a jump host has a user and a port where they are given', () => {
  assert.deepEqual(parseHop('bob@gate:2200'), { host: 'gate', user: 'bob', port: 2200 });
  assert.deepEqual(parseHop('ssh://[::1]:22/'), { host: '::1', user: undefined, port: 22 });
  assert.throws(() => parseHop('a:b:c'));
});

test('any text is read without an error', () => {
  const word = fc.oneof(fc.constantFrom('Host', 'Match', 'Include', 'User', 'ProxyJump', '"', "'", '\\', '=', '!', 'exec', ' ', '\n', '*', '%h', '#'), fc.string({ maxLength: 5 }));
  fc.assert(fc.property(fc.array(word, { maxLength: 30 }), (words) => {
    const blocks = parseSshConfig(words.join(' '), () => []);
    resolveSshConfig([blocks], { host: 'h', user: undefined, localUser: 'u', warn: () => undefined });
  }), { numRuns: 500 });
});

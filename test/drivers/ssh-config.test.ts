import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hostSettings } from '../../src/drivers/ssh/host-settings.ts';
import { localFiles } from '../../src/drivers/ssh/local-files.ts';
import { readSshConfig } from '../../src/drivers/ssh/ssh-config-files.ts';
import { resolveSshConfig } from '../../src/drivers/ssh/ssh-config.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

const CONFIGURATION = `
IdentityFile ~/.ssh/always_%h
Host = "db"  # the database
  HostName %h.example.com
  User=bob
  Port   2222
  ProxyJump gate:2200,inner
Host *.example.com !bad.example.com
  User carol
  IdentityFile /keys/two
  IdentitiesOnly yes
  StrictHostKeyChecking accept-new
  HostKeyAlias alias
Match host db.example.com user bob
  ConnectTimeout 7
  ServerAliveInterval 33
Match originalhost x?,y* !user bob
  Port 99
Match final host last
  Port 77
Host inc
  Include INCLUDED
Match all
  Port 44
  User last
`;
const program = ['/usr/bin/ssh', '/bin/ssh', '/usr/local/bin/ssh'].find(existsSync);

describe('the SSH configuration is read as ssh -G reads it', { skip: program === undefined ? 'ssh is not installed' : false }, () => {
  const home = temporaryFolder('ssh-config');
  mkdirSync(join(home, '.ssh/parts'), { recursive: true });
  const file = join(home, '.ssh/config');
  writeFileSync(file, CONFIGURATION.replace('INCLUDED', `${home}/.ssh/parts/*.conf`));
  writeFileSync(join(home, '.ssh/parts/a.conf'), 'Port 11\nHost other\nUser wrong\n');
  writeFileSync(join(home, '.ssh/parts/b.conf'), 'User included\n');
  after(() => { removeFolder(home); });

  for (const host of ['db', 'a.example.com', 'bad.example.com', 'x1', 'yes', 'last', 'inc', 'other', 'DB', '192.0.2.1']) {
    for (const user of [undefined, 'bob']) {
      it(`for ${user === undefined ? '' : `${user}@`}${host}`, () => {
        assert.deepEqual(ours(host, user), theirs(host, user));
      });
    }
  }

  function ours(host: string, user: string | undefined): unknown {
    const localUser = userInfo().username;
    const config = readSshConfig({ ...localFiles, readText: (path) => (path.startsWith('/etc') ? undefined : localFiles.readText(path)) }, home);
    const { target, identity, proxy, hostKeys, timing } = hostSettings(resolveSshConfig(config, { host, user, localUser, warn: assert.fail }), { host, user, port: undefined, localUser, home, env: {} });
    return {
      hostname: target.hostName.toLowerCase(), port: String(target.port), user: target.user, files: identity.files?.length, isExclusive: identity.isExclusive,
      jump: proxy?.kind === 'jump' ? proxy.hops.join(',') : undefined, checking: hostKeys.checking === 'accept-new', alias: hostKeys.alias,
      timeout: timing.connectSeconds ?? 0, alive: timing.aliveSeconds ?? 0,
    };
  }

  function theirs(host: string, user: string | undefined): unknown {
    const output = execFileSync(program ?? 'ssh', ['-G', '-F', file, ...(user === undefined ? [] : ['-l', user]), host], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const all = output.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);
    const of = (name: string): string | undefined => all.find(([key]) => key === name)?.[1];
    return {
      hostname: of('hostname')?.toLowerCase(), port: of('port'), user: of('user'), files: all.filter(([key]) => key === 'identityfile').length, isExclusive: of('identitiesonly') === 'yes',
      jump: of('proxyjump'), checking: of('stricthostkeychecking') === 'accept-new', alias: of('hostkeyalias'),
      timeout: of('connecttimeout') === 'none' ? 0 : Number(of('connecttimeout')), alive: Number(of('serveraliveinterval')),
    };
  }
});

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hasCode, type TowlineError } from '../../src/errors.ts';
import { parsePath } from '../../src/storage/path.ts';
import { whyMissing } from '../judges.ts';
import { startAsyncssh } from '../servers/asyncssh.ts';
import { makeKey, startOpenssh, type SshServer } from '../servers/openssh.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { createMachine, type Machine, type MachineOptions, type SshDriver } from './ssh-machine.ts';

const skip = whyMissing('openssh') ?? false;
const nothing = parsePath('nothing');
const PASSPHRASE = 'open sesame';

/** Logs in; the server's word that nothing is there proves it. */
async function login(driver: SshDriver): Promise<void> {
  await assert.rejects(driver.stat(nothing), (error) => hasCode(error, 'NOT_FOUND'));
}
async function refusal(driver: SshDriver): Promise<TowlineError> {
  return await driver.stat(nothing).then(() => assert.fail('it logged in'), (error: TowlineError) => error);
}

describe('logging in to OpenSSH', { skip }, () => {
  const folder = temporaryFolder('keys');
  const encrypted = makeKey({ folder, name: 'encrypted', passphrase: PASSPHRASE });
  const rsa = makeKey({ folder, name: 'rsa', type: 'rsa', passphrase: PASSPHRASE });
  const stranger = makeKey({ folder, name: 'stranger' });
  const machines: Machine[] = [];
  let server: SshServer;
  const machine = (options?: MachineOptions): Machine => {
    const one = createMachine(options);
    machines.push(one);
    one.write('known_hosts', server.knownHosts);
    return one;
  };
  before(async () => { server = await startOpenssh({ hostKeys: ['ed25519', 'rsa'], authorizedKeys: [encrypted.publicKey, rsa.publicKey] }); });
  after(async () => {
    for (const one of machines) await one.remove();
    await server.stop();
    removeFolder(folder);
  });

  it('takes the key file of the remote', async () => {
    await login(await machine().open(server.url, { keyfile: server.keyFile }));
  });

  it('takes a usual key of the home folder', async () => {
    const one = machine();
    one.write('id_ed25519', readFileSync(server.keyFile, 'utf8'));

    await login(await one.open(server.url));
  });

  it('asks for the passphrase of an encrypted key, three times at most, and once for two connections', async () => {
    const one = machine({ answers: ['wrong', PASSPHRASE] });
    const driver = await one.open(server.url, { keyfile: encrypted.file });

    await login(driver);
    await driver.close();
    await login(driver);

    assert.deepEqual(one.questions, Array.from({ length: 2 }, () => `Enter passphrase for key '${encrypted.file}': `));
  });

  it('gives up after three wrong passphrases and says so', async () => {
    const one = machine({ answers: ['a', 'b', 'c', PASSPHRASE] });
    const error = await refusal(await one.open(server.url, { keyfile: encrypted.file }));

    assert.equal(error.code, 'UNAUTHENTICATED');
    assert.match(error.message, /encrypted \(the passphrase is wrong\)/);
    assert.equal(one.questions.length, 3);
  });

  it('takes the passphrase of the remote without asking, for ed25519 and RSA', async () => {
    for (const { file } of [encrypted, rsa]) {
      const one = machine({ answers: [] });
      await login(await one.open(server.url, { keyfile: file, passphrase: PASSPHRASE }));
      assert.deepEqual(one.questions, []);
    }
  });

  it('does not ask for the passphrase of a key the server does not want', async () => {
    const unwanted = makeKey({ folder, name: 'unwanted', passphrase: PASSPHRASE });
    const one = machine({ answers: [] });

    assert.match((await refusal(await one.open(server.url, { keyfile: unwanted.file }))).message, /tried key .*unwanted/);
    assert.deepEqual(one.questions, []);
  });

  it('says what was tried and what the server takes when nothing was right', async () => {
    const error = await refusal(await machine().open(server.url, { keyfile: stranger.file, password: 'hunter2' }));

    assert.equal(error.code, 'UNAUTHENTICATED');
    assert.match(error.message, /refused the login: tried key .*stranger; the server takes publickey$/);
    assert.ok(!JSON.stringify([error.message, error.hint, error.context]).includes('hunter2'));
  });

  it('says when the key file of the remote does not exist', async () => {
    assert.equal((await refusal(await machine().open(server.url, { keyfile: '/no/such/key' }))).code, 'INVALID_CONFIG');
  });

  it('says when a key file holds something else', async () => {
    const one = machine();
    const file = one.write('damaged', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n');

    assert.match((await refusal(await one.open(server.url, { keyfile: file }))).message, /damaged \(/);
  });

  it('takes the keys of an agent, and none with allow_agent = false', async () => {
    await withAgent(server.keyFile, async (socket) => {
      const one = machine({ env: { SSH_AUTH_SOCK: socket } });

      await login(await one.open(server.url));
      assert.equal((await refusal(await one.open(server.url, { allow_agent: 'false' }))).code, 'UNAUTHENTICATED');
    });
  });

  it('with IdentitiesOnly offers only keys of the agent that are named', async () => {
    await withAgent(server.keyFile, async (socket) => {
      const one = machine({ env: { SSH_AUTH_SOCK: socket } });
      one.write('config', `IdentitiesOnly yes\nIdentityFile ${stranger.file}\n`);
      assert.match((await refusal(await one.open(server.url))).message, /tried key .*stranger/);

      one.write('config', `IdentitiesOnly yes\nIdentityFile ${server.keyFile}.pub\n`);
      await login(await one.open(server.url));
    });
  });

  it('says when there is no agent at the socket', async () => {
    assert.match((await refusal(await machine({ env: { SSH_AUTH_SOCK: '/no/agent' } }).open(server.url))).message, /SSH agent \(/);
  });

  it('follows the SSH configuration: alias, port, user and key', async () => {
    const one = machine();
    one.write('config', `Host store\n  HostName ${server.host}\n  Port ${server.port}\n  User ${server.user}\n  IdentityFile ${server.keyFile}\n  Ciphers aes256-ctr\n  KexAlgorithms +diffie-hellman-group14-sha256\n`);

    await login(await one.open(`ssh://store${server.dataFolder}`));
    assert.match(server.output(), /Accepted publickey/);
  });

  it('goes through a jump host, whose key is checked too (#7800, #10683, asyncssh#698)', async () => {
    const gate = await startOpenssh();
    try {
      const one = machine();
      one.write('config', `Host store\n  HostName ${server.host}\n  Port ${server.port}\n  IdentityFile ${server.keyFile}\n  ProxyJump ${gate.user}@gate\nHost gate\n  HostName ${gate.host}\n  Port ${gate.port}\n  IdentityFile ${gate.keyFile}\n`);
      const error = await refusal(await one.open(`ssh://${server.user}@store${server.dataFolder}`));
      assert.match(error.message, new RegExp(`host key of \\[127.0.0.1\\]:${gate.port} is unknown`));

      one.write('known_hosts', server.knownHosts + gate.knownHosts);
      await login(await one.open(`ssh://${server.user}@store${server.dataFolder}`));
      assert.match(gate.output(), /Accepted publickey/);
    } finally {
      await gate.stop();
    }
  });

  it('says when jump hosts lead in a circle', async () => {
    const one = machine();
    one.write('config', 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n');

    assert.match((await refusal(await one.open('ssh://a/x'))).message, /circle/);
  });

  it("runs the user's ProxyCommand", async () => {
    const one = machine();
    const script = one.write('proxy.mjs', "import { connect } from 'node:net';\nconst socket = connect(Number(process.argv[3]), process.argv[2]);\nprocess.stdin.pipe(socket).pipe(process.stdout);\n");
    one.write('config', `Host store\n  HostName ${server.host}\n  Port ${server.port}\n  User ${server.user}\n  IdentityFile ${server.keyFile}\n  ProxyCommand ${process.execPath} ${script} %h %p\n`);

    await login(await one.open(`ssh://store${server.dataFolder}`));
  });

  it('refuses an unknown server before it tries any login (#7800)', async () => {
    const one = machine();
    one.write('known_hosts', '');
    const accepted = server.output().match(/Accepted/g)?.length;
    const error = await refusal(await one.open(server.url, { keyfile: server.keyFile }));

    assert.equal(error.code, 'UNAUTHENTICATED');
    assert.match(error.message, /is unknown \(ssh-ed25519 SHA256:/);
    assert.equal(server.output().match(/Accepted/g)?.length, accepted);
  });

  it('refuses a server whose key has changed, naming file and line', async () => {
    const one = machine();
    const file = one.write('known_hosts', `# old\n[${server.host}]:${server.port} ${stranger.publicKey}\n`);

    assert.match((await refusal(await one.open(server.url, { keyfile: server.keyFile }))).message, new RegExp(`HAS CHANGED.*${file}:2`));
  });

  it('asks for the kind of key that is known when the server has several', async () => {
    const one = machine();
    one.write('known_hosts', server.knownHosts.split('\n').filter((line) => line.includes('ssh-rsa')).join('\n'));

    await login(await one.open(server.url, { keyfile: server.keyFile }));
  });

  it('finds a server whose name ssh-keygen has hashed', async () => {
    const one = machine();
    execFileSync('ssh-keygen', ['-q', '-H', '-f', join(one.home, '.ssh/known_hosts')], { stdio: 'ignore' });

    assert.ok(!readFileSync(join(one.home, '.ssh/known_hosts'), 'utf8').includes(server.host));
    await login(await one.open(server.url, { keyfile: server.keyFile }));
  });

  it('with accept-new remembers a new server so that OpenSSH knows it too, and refuses it when it changes', async () => {
    const one = machine();
    const file = one.write('known_hosts', 'other.example.com ssh-rsa AAAA');
    await login(await one.open(server.url, { keyfile: server.keyFile, host_key_checking: 'accept-new' }));

    assert.match(readFileSync(file, 'utf8'), /^other.example.com ssh-rsa AAAA\n\[127/);
    assert.match(execFileSync('ssh-keygen', ['-F', `[${server.host}]:${server.port}`, '-f', file], { encoding: 'utf8' }), /found: line 2/);
    await login(await one.open(server.url, { keyfile: server.keyFile }));
    writeFileSync(file, `[${server.host}]:${server.port} ${stranger.publicKey}\n`);
    assert.match((await refusal(await one.open(server.url, { keyfile: server.keyFile, host_key_checking: 'accept-new' }))).message, /HAS CHANGED/);
  });

  it('with host_key_checking = off takes any key and warns', async () => {
    const one = machine();
    one.write('known_hosts', '');

    await login(await one.open(server.url, { keyfile: server.keyFile, host_key_checking: 'off' }));
    assert.match(one.warnings.join(), /not checked/);
  });

  it('says who is not there: no host, no port, no SSH', async () => {
    const one = machine();
    const silent = await startSilent();
    try {
      assert.match((await refusal(await one.open('ssh://no-such-host.invalid/x'))).message, /cannot connect to no-such-host.invalid:22/);
      assert.equal((await refusal(await one.open('ssh://127.0.0.1:1/x'))).retryable, true);
      assert.equal((await refusal(await one.open(`ssh://127.0.0.1:${silent.port}/x`, { timeout: '0.2' }))).code, 'TIMEOUT');
    } finally {
      silent.stop();
    }
  });

  it('through the ssh program: logs in, and refuses an unknown or a changed server', async () => {
    const one = machine();
    const settings = { keyfile: server.keyFile, transport: 'openssh', allow_agent: 'false' };
    const file = one.write('hosts', '');

    await login(await one.open(server.url, { ...settings, known_hosts_file: server.knownHostsFile }));
    assert.equal((await refusal(await one.open(server.url, { ...settings, known_hosts_file: file, host_key_checking: 'strict' }))).code, 'UNAUTHENTICATED');
    writeFileSync(file, `[${server.host}]:${server.port} ${stranger.publicKey}\n`);
    assert.equal((await refusal(await one.open(server.url, { ...settings, known_hosts_file: file }))).code, 'UNAUTHENTICATED');
    assert.match((await refusal(await one.open(server.url, { ...settings, keyfile: stranger.file, known_hosts_file: server.knownHostsFile }))).message, /Permission denied/);
  });

  it('says when the ssh program is not there', async () => {
    assert.equal((await refusal(await machine({ env: { PATH: '/nonexistent' } }).open(server.url, { transport: 'openssh' }))).code, 'UNSUPPORTED');
  });

  it('refuses Kerberos by ssh2, which has none', async () => {
    await assert.rejects(machine().open(server.url, { gss_auth: 'true', transport: 'ssh2' }), (error) => hasCode(error, 'INVALID_CONFIG'));
  });
});

describe('passwords and questions, on asyncssh', { skip: whyMissing('python') ?? false }, () => {
  it('gives the password of the remote, and asks nobody', async () => {
    await withPasswordServer({}, async (server, machine) => {
      const one = machine({ answers: [] });
      await login(await one.open(server.url, { password: server.password }));
      assert.deepEqual(one.questions, []);
    });
  });

  it('asks for a password again after a wrong one, and once for two connections', async () => {
    await withPasswordServer({}, async (server, machine) => {
      const one = machine({ answers: ['wrong', server.password] });
      const driver = await one.open(server.url);
      await login(driver);
      await driver.close();
      await login(driver);

      assert.deepEqual(one.questions, Array.from({ length: 2 }, () => `Enter a password for alice@127.0.0.1:${server.port}: `));
    });
  });

  it('passes on the questions of the server, and answers the one for the password itself where it is known', async () => {
    await withPasswordServer({ methods: ['keyboard-interactive'], code: '123456' }, async (server, machine) => {
      const asked = machine({ answers: [server.password, '123456'] });
      await login(await asked.open(server.url));
      assert.deepEqual(asked.questions, ['Password: ', 'Code: ']);

      const known = machine({ answers: ['123456'] });
      await login(await known.open(server.url, { password: server.password }));
      assert.deepEqual(known.questions, ['Code: ']);
    });
  });

  it('says that there is nobody to ask', async () => {
    await withPasswordServer({}, async (server, machine) => {
      assert.match((await refusal(await machine().open(server.url))).message, /tried nothing.*the server takes password/);
    });
  });

  it('with ask_password asks before the server does', async () => {
    await withPasswordServer({ methods: ['keyboard-interactive'] }, async (server, machine) => {
      const one = machine({ answers: [server.password] });
      await login(await one.open(server.url, { ask_password: 'true' }));

      assert.deepEqual(one.questions, [`Enter a password for alice@127.0.0.1:${server.port}: `]);
    });
  });
});

async function withPasswordServer(options: Parameters<typeof startAsyncssh>[0], run: (server: Awaited<ReturnType<typeof startAsyncssh>>, machine: (options?: MachineOptions) => Machine) => Promise<void>): Promise<void> {
  const server = await startAsyncssh(options);
  const machines: Machine[] = [];
  try {
    await run(server, (given) => {
      const one = createMachine(given);
      one.write('known_hosts', server.knownHosts);
      machines.push(one);
      return one;
    });
  } finally {
    for (const one of machines) await one.remove();
    await server.stop();
  }
}

async function withAgent(keyFile: string, run: (socket: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder('agent');
  const socket = join(folder, 'socket');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await new Promise((resolve) => { agent.stdout.once('data', resolve); });
    execFileSync('ssh-add', ['-q', keyFile], { env: { PATH: process.env['PATH'], SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
    await run(socket);
  } finally {
    agent.kill();
    removeFolder(folder);
  }
}

async function startSilent(): Promise<{ readonly port: number; stop(): void }> {
  const { createServer } = await import('node:net');
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => { sockets.add(socket); socket.on('error', () => undefined); });
  const port = await new Promise<number>((resolve) => { server.listen(0, '127.0.0.1', () => { const address = server.address(); resolve(typeof address === 'object' && address ? address.port : 0); }); });
  return { port, stop: () => { for (const socket of sockets) socket.destroy(); server.close(); } };
}

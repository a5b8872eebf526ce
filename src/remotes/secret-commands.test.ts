import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scripted, sentHeader } from '../../test/transport/scripted.ts';
import { TowlineError } from '../errors.ts';
import type { ProgramEnd, ProgramRun } from '../runtime.ts';
import { abortedError } from '../storage/call.ts';
import type { Opening } from '../storage/definition.ts';
import { parsePath } from '../storage/path.ts';
import { buildConfig, type Config } from './config.ts';
import { findRemote } from './find-remote.ts';
import { type ConfigFile, configFiles } from './levels.ts';
import { openRemote } from './open.ts';
import type { Remote } from './remote.ts';
import { configFaults } from './schema.ts';

const USER = '/home/ann/.config/towline/config';
const OURS = '.dvc/towline';
const REMOTE = "['remote \"r\"']\n    url = http://host/base\n    auth = basic\n    user = ann\n";
const command = (line: string, key = 'password_command'): string => `['remote "r"']\n    ${key} = ${line}\n`;

function configOf(texts: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Config {
  const runtime = { env: { XDG_CONFIG_HOME: '/home/ann/.config', ...env }, home: '/home/ann', platform: 'linux' };
  const all: Readonly<Record<string, string>> = { '.dvc/config': REMOTE, ...texts };
  return buildConfig(new Map(configFiles(runtime, '/r').map((file): [ConfigFile, string | undefined] => [file, all[file.display]])), { runtime, root: '/r' });
}

interface Machine { readonly opening: Opening; readonly runs: ProgramRun[]; readonly lines: string[]; readonly net: ReturnType<typeof scripted> }

function machineOf(answer: Partial<ProgramEnd> | TowlineError = { stdout: 'pw\n' }): Machine {
  const [runs, lines]: [ProgramRun[], string[]] = [[], []];
  const net = scripted(() => ({ status: 200 }));
  const runProgram = async (run: ProgramRun): Promise<ProgramEnd> => {
    runs.push(run);
    if (answer instanceof TowlineError) throw answer;
    return { code: 0, isTooLate: false, stdout: '', stderr: '', ...answer };
  };
  const opening: Opening = {
    env: {}, home: '/nowhere', platform: 'linux', processors: 2, now: () => 0, randomBytes: (size) => new Uint8Array(size), warn: () => undefined, trace: (line) => lines.push(line), runProgram,
    wait: async (_milliseconds, signal) => await new Promise((_resolve, reject) => { signal?.addEventListener('abort', () => { reject(abortedError(signal)); }); }),
    connect: () => net,
  };
  return { opening, runs, lines, net };
}

async function stat(remote: Remote, { opening, net }: Machine): Promise<string | undefined> {
  const place = await openRemote(remote, opening);
  assert.ok(place.kind === 'storage');
  await place.storage.driver.stat(parsePath('a'));
  return sentHeader(net.requests.at(-1), 'authorization');
}
const basic = (password: string): string => `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;

describe('a secret that a program prints', () => {
  test('is what it prints without the last line feed, and the program runs once for a remote', async () => {
    const machine = machineOf({ stdout: ' p w \n\n' });
    const remote = findRemote(configOf({ [USER]: command("pass show 'my store'") }), 'r');

    assert.equal(machine.runs.length, 0);
    assert.equal(await stat(remote, machine), basic(' p w \n'));
    assert.equal(await stat(remote, machine), basic(' p w \n'));

    assert.deepEqual(machine.runs.map(({ program, words }) => [program, ...words]), [['pass', 'show', 'my store']]);
  });

  test('may come from the environment', async () => {
    assert.equal(await stat(findRemote(configOf({}, { TOW_REMOTE_R_PASSWORD_COMMAND: 'get' }), 'r'), machineOf()), basic('pw'));
  });

  const refused: readonly (readonly [string, Config])[] = [
    ['the committed file', configOf({ [OURS]: command('get') })], ['the local file', configOf({ '.dvc/towline.local': command('get') })],
  ];
  for (const [where, config] of refused) {
    test(`is not asked for when ${where} names the program, and nothing else is done`, async () => {
      const machine = machineOf();

      await assert.rejects(openRemote(findRemote(config, 'r'), machine.opening), { code: 'INVALID_CONFIG', message: /'password_command' names a program, and it comes with the repository \(\.dvc\/towline(\.local)?:2\)/, hint: /TOW_TRUST=1/ });
      assert.deepEqual([machine.runs.length, machine.net.requests.length], [0, 0]);
    });
  }

  test('is asked for there, too, when the user trusts the repository', async () => {
    assert.equal(await stat(findRemote(configOf({ [OURS]: command('get') }, { TOW_TRUST: '1' }), 'r'), machineOf()), basic('pw'));
  });

  test("a key of DVC's own that names a program obeys the same rule", async () => {
    const config = configOf({ '.dvc/config': "['remote \"r\"']\n    url = webdav://host/base\n    bearer_token_command = get\n" });

    await assert.rejects(openRemote(findRemote(config, 'r'), machineOf().opening), { code: 'INVALID_CONFIG', message: /'bearer_token_command' names a program/ });
  });

  test('counts by its level beside the secret itself; at one level they exclude each other', async () => {
    const plain = command('plain', 'password');

    assert.equal(await stat(findRemote(configOf({ '.dvc/config.local': plain, [USER]: command('get') }), 'r'), machineOf()), basic('plain'));
    assert.equal(await stat(findRemote(configOf({ '.dvc/config': REMOTE + plain.split('\n')[1], [OURS]: '' }, { TOW_REMOTE_R_PASSWORD_COMMAND: 'get' }), 'r'), machineOf()), basic('pw'));
    await assert.rejects(openRemote(findRemote(configOf({ '.dvc/config': `${REMOTE}    password = x\n`, [OURS]: command('get') }, { TOW_TRUST: '1' }), 'r'), machineOf().opening), {
      code: 'INVALID_CONFIG', message: "config file error: remote 'r': 'password' (.dvc/config:5) and 'password_command' (.dvc/towline:2) exclude each other",
    });
  });
});

describe('a program that prints no secret is an error with the remote and the place', () => {
  const cases: readonly (readonly [string, string, Partial<ProgramEnd> | TowlineError, string, RegExp])[] = [
    ['it fails', 'get x', { code: 3, stdout: 's3cret', stderr: 'no such entry' }, 'UNAUTHENTICATED', /the program 'get' ended with exit code 3$/],
    ['it takes too long', 'get', { code: undefined, isTooLate: true }, 'UNAUTHENTICATED', /the program 'get' did not end within 30 s$/],
    ['it is stopped', 'get', { code: undefined }, 'UNAUTHENTICATED', /the program 'get' was stopped$/],
    ['it prints nothing', 'get', { stdout: '\n' }, 'UNAUTHENTICATED', /the program 'get' printed nothing$/],
    ['it is not there', 'get', new TowlineError('NOT_FOUND', 'it was not found'), 'INVALID_CONFIG', /the program 'get' cannot be started: it was not found$/],
    ['its words cannot be read', '"\'get"', {}, 'INVALID_CONFIG', /a quote is not closed$/],
    ['it is empty', '" "', {}, 'INVALID_CONFIG', /is empty$/],
  ];
  for (const [when, line, answer, code, words] of cases) {
    test(when, async () => {
      const machine = machineOf(answer);

      await assert.rejects(openRemote(findRemote(configOf({ [USER]: command(line) }), 'r'), machine.opening), (error: Error) => {
        assert.match(error.message, words);
        assert.match(error.message, /remote 'r': 'password_command' \(\/home\/ann\/\.config\/towline\/config:2\)/);
        assert.ok('code' in error && error.code === code && !error.message.includes('s3cret'));
        return true;
      });
      assert.deepEqual(machine.lines, when === 'it fails' ? ["remote 'r': 'password_command' (/home/ann/.config/towline/config:2) said: no such entry"] : []);
    });
  }

  test('where no program may be started', async () => {
    const { runProgram: _, ...opening } = machineOf().opening;

    await assert.rejects(openRemote(findRemote(configOf({ [USER]: command('get') }), 'r'), opening), { code: 'UNSUPPORTED' });
  });

  test('after a failure the next opening asks again', async () => {
    const remote = findRemote(configOf({ [USER]: command('get') }), 'r');
    await assert.rejects(openRemote(remote, machineOf({ code: 1 }).opening));

    assert.equal(await stat(remote, machineOf()), basic('pw'));
  });
});

test('the key of a program is known beside every secret, is ours, and nobody else has one', async () => {
  const faults = async (texts: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const config = configOf(texts);
    return (await configFaults({ parts: config.parts, sections: new Map(config.sections.map((name) => [name, config.section(name)])) })).map(({ text }) => text);
  };

  assert.deepEqual(await faults({ [OURS]: command('get') }), []);
  assert.deepEqual(await faults({ [OURS]: command('get', 'user_command') }), ["extra keys not allowed @ data['remote']['r']['user_command']"]);
  assert.deepEqual(await faults({ '.dvc/config': `${REMOTE}    password_command = get\n` }), ["extra keys not allowed @ data['remote']['r']['password_command']"]);
});

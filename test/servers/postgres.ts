import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { judgeProgram } from '../judges.ts';
import { startProgram, systemPath } from './program.ts';
import { freePort, waitForOutput, withFreshPorts } from './readiness.ts';
import type { QueueKeeper } from './redis.ts';
import { HOST, removeFolder, serverOf, temporaryFolder } from './server.ts';

const PASSWORD = 'towline-test-secret';
const NOBODY = { uid: 65_534, gid: 65_534 };

/** PostgreSQL with an empty database, for the user `tow` with a password. It refuses to run as root: there it is the user nobody. */
export function startPostgres(): Promise<QueueKeeper & { readonly password: string }> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('postgres');
    try {
      const port = await freePort();
      const isRoot = process.getuid?.() === 0;
      const [data, secret] = [join(folder, 'data'), join(folder, 'password')];
      mkdirSync(data, { mode: 0o700 });
      writeFileSync(secret, PASSWORD);
      if (isRoot) for (const path of [folder, data, secret]) chownSync(path, NOBODY.uid, NOBODY.gid);
      const program = judgeProgram('postgres');
      const asOther = (words: readonly string[]): readonly [string, readonly string[]] => (isRoot ? ['setpriv', [`--reuid=${NOBODY.uid}`, `--regid=${NOBODY.gid}`, '--clear-groups', ...words]] : [words[0] ?? '', words.slice(1)]);
      const [initdb, initdbWords] = asOther([join(dirname(program), 'initdb'), '--pgdata', data, '--username', 'tow', '--pwfile', secret, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-locale', '--no-sync']);
      await promisify(execFile)(initdb, initdbWords, { cwd: folder, env: { PATH: systemPath, LC_ALL: 'C.UTF-8' } });
      // What a crash would cost does not matter here.
      const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', `port=${port}`, `listen_addresses=${HOST}`, `unix_socket_directories=${folder}`, 'shared_buffers=16MB', 'max_connections=100'];
      const [server, words] = asOther([program, '-D', data, ...settings.flatMap((setting) => ['-c', setting])]);
      const running = startProgram(server, words, { cwd: folder });
      // Its port is open before it takes anybody in.
      await waitForOutput('database system is ready to accept connections', running);
      return { ...serverOf({ port, folder, programs: [running] }), url: `postgres://tow:${PASSWORD}@${HOST}:${port}/postgres`, password: PASSWORD };
    } catch (error) {
      removeFolder(folder);
      throw error;
    }
  });
}

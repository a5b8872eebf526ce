import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { projectFolder } from '../project.ts';
import { startProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { type Credentials, HOST, type Server, serverOf, temporaryFolder } from './server.ts';

/** A WebDAV server with a login; its files lie in `dataFolder`. */
export interface WebdavServer extends Server, Credentials {
  /** webdav://host:port */
  readonly url: string;
  readonly dataFolder: string;
}
const LOGIN: Credentials = { user: 'ann', password: 'correct horse' };

/** The npm package webdav-server: hrefs are whole URLs, etags come by PROPFIND only (0.5 s). */
export function startWebdavServer(): Promise<WebdavServer> {
  return withFreshPorts(async () => {
    const { folder, dataFolder, port } = await place('webdav-server');
    const settings = { module: judgeProgram('webdav-server'), port, folder: dataFolder, ...LOGIN };
    const program = startProgram(process.execPath, [join(projectFolder, 'test/servers/webdav-server-program.cjs'), JSON.stringify(settings)]);
    await waitForPort(port, program);
    return { ...serverOf({ port, folder, programs: [program] }), ...LOGIN, dataFolder, url: `webdav://${HOST}:${port}` };
  });
}

/** `rclone serve webdav`: an upload grows under its own name. It remembers folders for minutes: make them through it, not beside it. */
export function startRclone(): Promise<WebdavServer> {
  return withFreshPorts(async () => {
    const { folder, dataFolder, port } = await place('rclone');
    const program = startProgram(judgeProgram('rclone'), ['serve', 'webdav', dataFolder, '--addr', `${HOST}:${port}`, '--user', LOGIN.user, '--pass', LOGIN.password], { env: { HOME: folder } });
    await waitForPort(port, program);
    return { ...serverOf({ port, folder, programs: [program] }), ...LOGIN, dataFolder, url: `webdav://${HOST}:${port}` };
  });
}

async function place(name: string): Promise<{ readonly folder: string; readonly dataFolder: string; readonly port: number }> {
  const folder = temporaryFolder(name);
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  return { folder, dataFolder, port: await freePort() };
}

import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { startProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { type Credentials, HOST, type Server, serverOf, temporaryFolder } from './server.ts';

export interface ApacheServer extends Server, Credentials {
  /** webdav://host:port; below it `/basic`, `/digest` and `/bearer` want a login, everything else none. */
  readonly url: string;
  readonly dataFolder: string;
  /** What `/bearer` takes. */
  readonly token: string;
  /** The requests so far: method, path, status, the scheme of `Authorization`. */
  requests(): readonly string[];
}

const MODULES = ['mpm_event', 'dav', 'dav_fs', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'auth_digest', 'setenvif', 'rewrite', 'dir', 'autoindex'];
const FOLDERS = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/lib/httpd/modules'];

/** Apache with mod_dav on a folder (0.1 s). */
export function startApache(): Promise<ApacheServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('apache');
    const port = await freePort();
    const login = { user: 'ann', password: 'correct horse' };
    const token = 'open.sesame_0';
    const dataFolder = join(folder, 'data');
    for (const name of [dataFolder, join(folder, 'locks'), ...['basic', 'digest', 'bearer'].map((name) => join(dataFolder, name))]) mkdirSync(name);
    writeFileSync(join(folder, 'basic'), `${login.user}:{SHA}${createHash('sha1').update(login.password).digest('base64')}\n`);
    writeFileSync(join(folder, 'digest'), `${login.user}:towline:${createHash('md5').update(`${login.user}:towline:${login.password}`).digest('hex')}\n`);
    writeFileSync(join(folder, 'apache.conf'), configuration({ folder, port, token, user: giveAway(folder, dataFolder) }));
    const program = startProgram(judgeProgram('apache'), ['-DFOREGROUND', '-f', join(folder, 'apache.conf')]);
    await waitForPort(port, program);
    const log = join(folder, 'requests');
    return {
      ...serverOf({ port, folder, programs: [program] }), ...login, token, dataFolder, url: `webdav://${HOST}:${port}`,
      requests: () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []),
    };
  });
}

/** Started by root Apache insists on another user, who must then be able to write. */
function giveAway(folder: string, dataFolder: string): string | undefined {
  if (userInfo().uid !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').map((one) => one.split(':')).find(([name]) => name === 'www-data' || name === 'apache');
  if (line === undefined) throw new Error('there is no user for Apache');
  const [name = '', , uid, gid] = line;
  chmodSync(folder, 0o755);
  for (const one of [dataFolder, join(folder, 'locks'), ...['basic', 'digest', 'bearer'].map((path) => join(dataFolder, path))]) chownSync(one, Number(uid), Number(gid));
  return name;
}

function configuration({ folder, port, token, user }: { readonly folder: string; readonly port: number; readonly token: string; readonly user: string | undefined }): string {
  const modules = FOLDERS.find(existsSync) ?? FOLDERS[0];
  const protect = (name: string, lines: readonly string[]): readonly string[] => [`<Location /${name}>`, ...lines, '</Location>'];
  return [
    `ServerRoot ${folder}`, `ServerName ${HOST}`, `Listen ${HOST}:${port}`, `PidFile ${folder}/apache.pid`, `ErrorLog ${folder}/error.log`,
    ...MODULES.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`), ...(user === undefined ? [] : [`User ${user}`]),
    'SetEnvIf Authorization "^([A-Za-z]+)" scheme=$1', `CustomLog ${folder}/requests "%m %U %>s %{scheme}e"`,
    `DavLockDB ${folder}/locks/db`, `DocumentRoot ${folder}/data`, 'AllowEncodedSlashes NoDecode', 'MaxKeepAliveRequests 0',
    `<Directory ${folder}/data>`, 'Dav On', 'Require all granted', '</Directory>',
    ...protect('basic', ['AuthType Basic', 'AuthName towline', `AuthUserFile ${folder}/basic`, 'Require valid-user']),
    ...protect('digest', ['AuthType Digest', 'AuthName towline', 'AuthDigestProvider file', `AuthUserFile ${folder}/digest`, 'Require valid-user']),
    'RewriteEngine On', 'RewriteCond %{REQUEST_URI} ^/bearer', `RewriteCond %{HTTP:Authorization} "!^Bearer ${token.replaceAll('.', '\\.')}$"`, 'RewriteRule ^ - [R=401,L]', '',
  ].join('\n');
}

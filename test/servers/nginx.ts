import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import type { Certificates } from './certificates.ts';
import { startProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, temporaryFolder, type Credentials, type Server } from './server.ts';

export interface HttpServer extends Server {
  readonly url: string;
  /** What is below the URL. */
  readonly dataFolder: string;
  /** The requests so far: method, target as sent, status. */
  requests(): readonly HttpRequest[];
}
export interface HttpRequest { readonly method: string; readonly target: string; readonly status: number; readonly authorization: string }
/** Everything that nginx can do of WebDAV. */
export const ALL_METHODS: readonly string[] = ['PUT', 'DELETE', 'MKCOL', 'COPY', 'MOVE'];
const DAV_MODULES = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules'].map((folder) => `${folder}/ngx_http_dav_ext_module.so`);

export interface NginxOptions {
  /** Asked for with Basic authentication. */
  readonly credentials?: Credentials;
  /** TLS with the server's certificate. */
  readonly certificates?: Certificates;
  /** Only clients with a certificate of the same authority. */
  readonly wantsClientCertificate?: boolean;
  /** PUT and DELETE are answered 405. */
  readonly isReadOnly?: boolean;
  /** WebDAV by the module dav-ext, with these methods besides PROPFIND and OPTIONS. */
  readonly webdav?: readonly string[];
  /** More lines inside the server block. */
  readonly configuration?: readonly string[];
}

/** nginx with GET, HEAD, PUT and DELETE on a folder; a PUT appears whole or not at all. */
export function startNginx(options: NginxOptions = {}): Promise<HttpServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('nginx');
    const port = await freePort();
    const dataFolder = join(folder, 'data');
    for (const name of ['data', 'temporary']) mkdirSync(join(folder, name));
    if (options.credentials) writeFileSync(join(folder, 'passwords'), passwordLine(options.credentials));
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, options));
    const program = startProgram(judgeProgram('nginx'), ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]);
    await waitForPort(port, program);
    const log = join(folder, 'access.log');
    return {
      ...serverOf({ port, folder, programs: [program] }), url: `${options.certificates ? 'https' : 'http'}://${HOST}:${port}`, dataFolder,
      requests: () => (existsSync(log) ? parseLog(readFileSync(log, 'utf8')) : []),
    };
  });
}

const passwordLine = ({ user, password }: Credentials): string => `${user}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`;

function parseLog(text: string): readonly HttpRequest[] {
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const [method = '', target = '', status = '', authorization = ''] = line.split('\t');
    return { method, target, status: Number(status), authorization };
  });
}

function configuration(folder: string, port: number, options: NginxOptions): string {
  const { certificates } = options;
  const secure = certificates ? [`ssl_certificate ${certificates.server.certificate};`, `ssl_certificate_key ${certificates.server.key};`,
    ...(options.wantsClientCertificate === true ? [`ssl_client_certificate ${certificates.ca};`, 'ssl_verify_client on;'] : [])] : [];
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/temporary/${name};`);
  // Started by root, the workers would be 'nobody', who may not enter our folder.
  const user = userInfo().uid === 0 ? [`user ${userInfo().username};`] : [];
  return [
    ...(options.webdav ? [`load_module ${DAV_MODULES.find(existsSync) ?? DAV_MODULES[0]};`] : []), ...user, 'daemon off;', 'worker_processes 1;', `pid ${folder}/nginx.pid;`, 'events { worker_connections 1024; }', 'http {',
    "log_format told '$request_method\\t$request_uri\\t$status\\t$http_authorization';", `access_log ${folder}/access.log told;`, ...temporary,
    'client_max_body_size 0; default_type application/octet-stream; keepalive_requests 1000000; tcp_nodelay on; sendfile on;',
    `server { listen ${HOST}:${port}${certificates ? ' ssl' : ''}; root ${folder}/data;`, ...secure, ...(options.configuration ?? []),
    'location / {', ...(options.isReadOnly === true ? [] : [`dav_methods ${(options.webdav ?? ['PUT', 'DELETE']).join(' ')};`, 'create_full_put_path on;', 'dav_access user:rw group:r all:r;']),
    ...(options.webdav ? ['dav_ext_methods PROPFIND OPTIONS;'] : []),
    ...(options.credentials ? ['auth_basic "towline";', `auth_basic_user_file ${folder}/passwords;`] : []), '} } }', '',
  ].join('\n');
}

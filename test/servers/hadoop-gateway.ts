import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from './certificates.ts';
import { HOST, type Credentials } from './server.ts';

export interface GatewayOptions {
  /** The port of HttpFS. */
  readonly to: number;
  /** Speaks https with this. */
  readonly certificate?: KeyPair;
  /** Wants HTTP basic authentication, and tells HttpFS the user. */
  readonly credentials?: Credentials;
  /** Stands before `/webhdfs/v1`: '/gateway/default'. */
  readonly prefix?: string;
  /** Leaves redirects as HttpFS makes them: to `localhost` and the port of HttpFS. */
  readonly keepsRedirects?: boolean;
}
export interface Gateway {
  readonly port: number;
  /** Method, path and query of all it was sent. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** What stands before HttpFS in a company, as Apache Knox does: TLS, passwords, another path. */
export async function startGateway({ to, certificate, credentials, prefix = '', keepsRedirects = false }: GatewayOptions): Promise<Gateway> {
  const requests: string[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const url = request.url ?? '';
    requests.push(`${request.method} ${url}`);
    const login = credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
    if (login !== undefined && request.headers.authorization !== login) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="gateway"', 'content-type': 'text/html', 'content-length': 0, connection: 'close' }).end();
    if (!url.startsWith(`${prefix}/webhdfs/v1/`)) return void response.writeHead(404, { 'content-length': 0, connection: 'close' }).end();
    const path = url.slice(prefix.length) + (credentials ? `&user.name=${credentials.user}` : '');
    const { authorization: _, ...headers } = request.headers;
    const inner = httpRequest({ host: 'localhost', port: to, method: request.method, path, headers: { ...headers, host: `localhost:${to}` } }, (answer) => {
      const { location } = answer.headers;
      const moved = location === undefined || keepsRedirects ? {} : { location: location.replace(`http://localhost:${to}`, `${certificate ? 'https' : 'http'}://${request.headers.host}${prefix}`).replace(/&user\.name=[^&]*/, '') };
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...moved });
      answer.pipe(response);
    });
    inner.on('error', () => response.destroy());
    request.pipe(inner);
  };
  const server = certificate ? createSecureServer({ cert: readFileSync(certificate.certificate), key: readFileSync(certificate.key) }, handle) : createServer(handle);
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  return {
    port: (server.address() as AddressInfo).port, requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

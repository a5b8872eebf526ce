import { execFileSync } from 'node:child_process';
import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { type Credentials, HOST, removeFolder, temporaryFolder } from './server.ts';

/** A service that gives tokens for a registry, signed as distribution wants them (RS256, the certificate in 'x5c'). */
export interface RegistryTokens {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The file a registry checks signatures with. */
  readonly certificate: string;
  readonly port: number;
  /** What it was asked: method, scopes, who. */
  readonly asked: readonly TokenRequest[];
  stop(): Promise<void>;
}
export interface TokenRequest { readonly method: string; readonly scopes: readonly string[]; readonly user: string | undefined }
export interface TokenOptions extends Credentials {
  /** The refresh token that is taken in POST. */
  readonly refreshToken?: string;
  readonly seconds?: number;
  /** Methods that are answered 404 or 405. */
  readonly refuses?: Readonly<Record<string, number>>;
}

/** Whoever names nobody may pull; the user may do all. */
export async function startRegistryTokens(options: TokenOptions): Promise<RegistryTokens> {
  const folder = temporaryFolder('registry-tokens');
  const [certificate, key] = [join(folder, 'token.crt'), join(folder, 'token.key')];
  execFileSync(judgeProgram('openssl'), ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=towline tokens'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const signer = { key: readFileSync(key, 'utf8'), x5c: new X509Certificate(readFileSync(certificate)).raw.toString('base64') };
  const asked: TokenRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, { response, options, signer, asked }).catch((error: unknown) => { response.writeHead(500).end(String(error)); });
  });
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://localhost:${port}/token`, service: SERVICE, issuer: ISSUER, certificate, port, asked,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
      removeFolder(folder);
    },
  };
}

const SERVICE = 'registry.test';
const ISSUER = 'towline-test';
interface Answering { readonly response: ServerResponse; readonly options: TokenOptions; readonly signer: { readonly key: string; readonly x5c: string }; readonly asked: TokenRequest[] }

async function answer(request: IncomingMessage, { response, options, signer, asked }: Answering): Promise<void> {
  const { method = '' } = request;
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const form = new URLSearchParams(text);
  const query = new URL(request.url ?? '', 'http://x').searchParams;
  const scopes = (method === 'POST' ? (form.get('scope') ?? '').split(' ') : query.getAll('scope')).filter((scope) => scope !== '');
  const who = method === 'POST' ? byForm(form, options) : byHeader(request.headers.authorization, options);
  asked.push({ method, scopes, user: who === 'nobody' ? undefined : who });
  const refusal = options.refuses?.[method];
  if (refusal !== undefined) return void response.writeHead(refusal).end();
  if (who === 'wrong') return void response.writeHead(401, { 'content-type': 'application/json' }).end('{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}');
  const access = scopes.map((scope) => {
    const [type = '', ...rest] = scope.split(':');
    const actions = (rest.pop() ?? '').split(',').filter((action) => who !== 'nobody' || action === 'pull');
    return { type, name: rest.join(':'), actions };
  });
  const seconds = options.seconds ?? 300;
  const token = sign({ iss: ISSUER, sub: who, aud: SERVICE, access }, seconds, signer);
  // Each member as one of the two specifications has it: a client must take either.
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...(method === 'POST' ? { access_token: token } : { token }), expires_in: seconds, issued_at: new Date().toISOString() }));
}

function byForm(form: URLSearchParams, options: TokenOptions): string {
  if (form.get('grant_type') === 'refresh_token') return form.get('refresh_token') === options.refreshToken && options.refreshToken !== undefined ? options.user : 'wrong';
  return form.get('username') === options.user && form.get('password') === options.password ? options.user : 'wrong';
}

function byHeader(header: string | undefined, { user, password }: TokenOptions): string {
  if (header === undefined) return 'nobody';
  return header === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` ? user : 'wrong';
}

function sign(claims: object, seconds: number, { key, x5c }: Answering['signer']): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ typ: 'JWT', alg: 'RS256', x5c: [x5c] })}.${part({ ...claims, exp: now + seconds, nbf: now - 10, iat: now, jti: randomUUID() })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

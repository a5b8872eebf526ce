import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificates } from './certificates.ts';
import { HOST } from './server.ts';

export const TENANT = '11111111-2222-3333-4444-555555555555';
/** One request for a token, as the authority saw it. */
export interface TokenRequest { readonly path: string; readonly fields: Readonly<Record<string, string>>; readonly headers: Readonly<Record<string, string | string[] | undefined>> }
export interface Entra {
  /** Over TLS, since Microsoft's package speaks to no other authority. */
  readonly url: string;
  /** Where a machine asks for its own identity, over http. */
  readonly machineUrl: string;
  readonly requests: readonly TokenRequest[];
  stop(): Promise<void>;
}

/** A token as Azurite takes it: it looks at what the token says, and at no signature. */
export function tokenFor({ audience = 'https://storage.azure.com', seconds = 3600 }: { readonly audience?: string; readonly seconds?: number } = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part({ aud: audience, iss: `https://sts.windows.net/${TENANT}/`, tid: TENANT, oid: TENANT, sub: 'towline', iat: now - 60, nbf: now - 60, exp: now + seconds })}.`;
}

/** Stands in for Microsoft Entra and for a machine's identity service: gives a token for the secret 'right', and for any machine. */
export async function startEntra(certificates: Certificates): Promise<Entra> {
  const requests: TokenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', `https://${request.headers.host ?? ''}`);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const json = (status: number, value: unknown): void => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value)); };
      if (url.pathname.endsWith('/.well-known/openid-configuration')) {
        const base = `${url.origin}/${TENANT}`;
        return json(200, { token_endpoint: `${base}/oauth2/v2.0/token`, authorization_endpoint: `${base}/oauth2/v2.0/authorize`, issuer: `${base}/v2.0`, jwks_uri: `${base}/keys` });
      }
      const isMachine = url.pathname === '/msi';
      const fields = Object.fromEntries(isMachine ? url.searchParams : new URLSearchParams(Buffer.concat(chunks).toString()));
      requests.push({ path: url.pathname, fields, headers: request.headers });
      if (isMachine) return json(200, { access_token: tokenFor(), expires_on: String(Math.floor(Date.now() / 1000) + 3600), resource: fields['resource'], token_type: 'Bearer' });
      if (fields['client_secret'] !== 'right') return json(401, { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' });
      return json(200, { access_token: tokenFor(), expires_in: 3600, token_type: 'Bearer' });
    });
  };
  const secure = createHttpsServer({ cert: readFileSync(certificates.server.certificate), key: readFileSync(certificates.server.key) }, listener);
  const plain = createHttpServer(listener);
  for (const server of [secure, plain]) await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  return {
    url: `https://${HOST}:${(secure.address() as AddressInfo).port}`,
    machineUrl: `http://${HOST}:${(plain.address() as AddressInfo).port}/msi`,
    requests,
    async stop() {
      for (const server of [secure, plain]) {
        server.closeAllConnections();
        await new Promise((resolve) => { server.close(resolve); });
      }
    },
  };
}

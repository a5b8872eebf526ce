import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST } from './server.ts';

export interface EcsMetadataOptions {
  readonly role?: string;
  /** 'new': nothing without a token; 'old': there are no tokens; 'both'. */
  readonly mode?: 'new' | 'old' | 'both';
  /** The keys of the n-th answer, counted from 1. */
  readonly keys: (count: number) => { readonly keyId: string; readonly keySecret: string; readonly token?: string | undefined; readonly expiresAt: number };
}
export interface EcsMetadata {
  readonly url: string;
  /** 'PUT /latest/api/token' and so on. */
  readonly asked: string[];
  stop(): Promise<void>;
}

const ROLES = '/latest/meta-data/ram/security-credentials/';

/** What an ECS instance is told of its RAM role, as https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance describes it. */
export async function startEcsMetadata({ role = 'MyRole', mode = 'both', keys }: EcsMetadataOptions): Promise<EcsMetadata> {
  const asked: string[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const end = (status: number, body = ''): void => { response.writeHead(status, { 'content-type': 'text/plain' }).end(body); };
    const given = request.headers['x-aliyun-ecs-metadata-token'];
    if (request.method === 'PUT') return mode === 'old' || !(Number(request.headers['x-aliyun-ecs-metadata-token-ttl-seconds']) <= 21_600) ? end(404) : end(200, 'token-of-metadata');
    if (mode !== 'old' && given !== 'token-of-metadata' && (mode === 'new' || given !== undefined)) return end(403);
    if (request.url === ROLES) return end(role === '' ? 404 : 200, role);
    if (request.url !== ROLES + role) return end(404);
    const { keyId, keySecret, token, expiresAt } = keys(++count);
    return end(200, JSON.stringify({ AccessKeyId: keyId, AccessKeySecret: keySecret, SecurityToken: token, Expiration: new Date(expiresAt).toISOString().replace(/\.\d+/, ''), LastUpdated: '2026-01-01T00:00:00Z', Code: 'Success' }));
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`, asked,
    stop: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  };
}

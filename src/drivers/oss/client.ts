import { readText } from '../../http/bounded.ts';
import type { KeyCredentials, Login } from '../../http/login.ts';
import { encodeKey } from '../../http/percent-encoding.ts';
import type { Doing } from '../../http/refusal-error.ts';
import type { HttpResponse, Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import { type Refusal, refused } from './errors.ts';
import { hiddenRefusal, readRefusal } from './refusal.ts';
import { encodeQuery, type OssRequest } from './request.ts';
import type { Settings } from './settings.ts';
import { createV1Signer } from './sign-v1.ts';
import { createV4Signer } from './sign-v4.ts';
import type { Signable, Signer } from './signer.ts';

/** Speaks to one bucket: addresses, signs, sends, and turns refusals into errors. */
export interface OssClient {
  readonly settings: Settings;
  /** Resolves with an answer of 2xx only. */
  send(request: OssRequest): Promise<HttpResponse>;
  /** Sends, and gives the XML of the answer back; an error hidden in a 200 is thrown like any other. */
  ask(request: OssRequest, limit: number): Promise<{ readonly response: HttpResponse; readonly text: string }>;
  presign(request: { readonly method: 'GET' | 'PUT'; readonly key: string; readonly expiresInSeconds: number }): Promise<string>;
  where(key: string | undefined): string;
  close(): Promise<void>;
}

interface Line {
  readonly settings: Settings;
  readonly transport: Transport;
  readonly login: Login;
  readonly signer: Signer;
  readonly now: () => number;
  /** What the service's clock is ahead of ours. */
  clockOffset: number;
}

export function createClient(settings: Settings, login: Login, opening: Opening): OssClient {
  const { endpoint, signature } = settings;
  const signer = signature.version === 'v4' ? createV4Signer(signature.region) : createV1Signer();
  const line: Line = { settings, transport: opening.connect(settings.connection), login, signer, now: opening.now, clockOffset: 0 };
  const where = (key: string | undefined): string => `oss://${endpoint.bucket}${key === undefined ? '' : `/${key}`}`;
  const send = async (request: OssRequest): Promise<HttpResponse> => {
    const corrections = new Set<string>();
    for (;;) {
      const { response, credentials } = await exchange(request, line);
      if (response.status < 300) return response;
      const refusal = await readRefusal(response, line.now());
      const correction = correct(refusal, credentials, line);
      if (correction === undefined || corrections.has(correction)) throw refused(refusal, { ...doing(request, where), isAnonymous: credentials === 'anonymous' });
      corrections.add(correction);
    }
  };
  return {
    settings, send, where,
    async ask(request, limit) {
      const response = await send(request);
      const text = await readText(response, limit);
      const refusal = hiddenRefusal(response, text, line.now());
      if (refusal) throw refused(refusal, doing(request, where));
      return { response, text };
    },
    async presign({ method, key, expiresInSeconds }) {
      const credentials = login.current(line.now()) ?? (await login.renew());
      const url = `${endpoint.origin}${endpoint.base}/${encodeKey(key)}`;
      if (credentials === 'anonymous') return url;
      return `${url}?${signer.presign({ method, bucket: endpoint.bucket, key, query: {}, headers: [] }, credentials, { now: line.now() + line.clockOffset, expiresInSeconds })}`;
    },
    close: async () => line.transport.close?.(),
  };
}

const doing = ({ verb, key }: OssRequest, where: (key: string | undefined) => string): Doing => ({ verb, where: where(key) });

interface Exchange {
  readonly response: HttpResponse;
  readonly credentials: KeyCredentials | 'anonymous';
}

async function exchange(request: OssRequest, { settings: { endpoint }, transport, login, signer, now, clockOffset }: Line): Promise<Exchange> {
  const credentials = login.current(now()) ?? (await login.renew());
  const { method, key, query = {}, headers = [], body, signal } = request;
  const signable: Signable = { method, bucket: endpoint.bucket, key, query, headers };
  const sent = credentials === 'anonymous' ? headers : signer.sign(signable, credentials, now() + clockOffset);
  const search = encodeQuery(query);
  const url = new URL(`${endpoint.origin}${endpoint.base}/${key === undefined ? '' : encodeKey(key)}${search === '' ? '' : `?${search}`}`);
  const response = await transport.send({ method, url, headers: sent, ...(body && { body }), ...(signal && { signal }) });
  return { response, credentials };
}

/** Learns from a refusal what makes a second try worthwhile: the clock, or fresh credentials. Each is tried once a request. */
function correct({ code, date }: Refusal, used: KeyCredentials | 'anonymous', line: Line): string | undefined {
  if (code === 'RequestTimeTooSkewed' && date !== undefined && Number.isFinite(Date.parse(date))) {
    line.clockOffset = Date.parse(date) - line.now();
    return 'clock';
  }
  if (/^(?:SecurityTokenExpired|InvalidSecurityToken)$/.test(code) && used !== 'anonymous' && line.login.discard(used)) return 'login';
  return undefined;
}

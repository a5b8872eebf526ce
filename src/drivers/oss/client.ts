import { readText } from '../../http/bounded.ts';
import type { KeyCredentials, Login } from '../../http/login.ts';
import { encodeKey } from '../../http/percent-encoding.ts';
import type { Doing } from '../../http/refusal-error.ts';
import type { HttpResponse, SmallRequest, Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import type { SmallObjects } from '../../storage/quick-many.ts';
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
  /** Sends requests about small objects, one try each, with no promise for each: see `Quick.readMany`. */
  sendSmall(requests: SmallObjects<SmallObject>): Promise<void>;
  /** Sends, and gives the XML of the answer back; an error hidden in a 200 is thrown like any other. */
  ask(request: OssRequest, limit: number): Promise<{ readonly response: HttpResponse; readonly text: string }>;
  presign(request: { readonly method: 'GET' | 'PUT'; readonly key: string; readonly expiresInSeconds: number }): Promise<string>;
  where(key: string | undefined): string;
  close(): Promise<void>;
}

/** A request about a small object; `bytes` are its body. */
export interface SmallObject extends Pick<OssRequest, 'method' | 'key' | 'headers'> {
  readonly bytes?: Uint8Array;
}

interface Line {
  readonly settings: Settings;
  readonly transport: Transport;
  readonly login: Login;
  readonly signer: Signer;
  readonly now: () => number;
  /** What the service's clock is ahead of ours. */
  clockOffset: number;
  /** A request, as they are made by now, was taken. */
  hasSucceeded: boolean;
}

export function createClient(settings: Settings, login: Login, opening: Opening): OssClient {
  const { endpoint, signature } = settings;
  const signer = signature.version === 'v4' ? createV4Signer(signature.region) : createV1Signer();
  const line: Line = { settings, transport: opening.connect(settings.connection), login, signer, now: opening.now, clockOffset: 0, hasSucceeded: false };
  const where = (key: string | undefined): string => `oss://${endpoint.bucket}${key === undefined ? '' : `/${key}`}`;
  const send = async (request: OssRequest): Promise<HttpResponse> => {
    const corrections = new Set<string>();
    for (;;) {
      const { response, credentials } = await exchange(request, line);
      if (response.status < 300) {
        line.hasSucceeded = true;
        return response;
      }
      const refusal = await readRefusal(response, line.now());
      const correction = correct(refusal, credentials, line);
      if (correction === undefined || corrections.has(correction)) throw refused(refusal, { ...doing(request, where), isAnonymous: credentials === 'anonymous' });
      corrections.add(correction);
    }
  };
  return {
    settings, send, where,
    sendSmall: (requests) => sendSmall(requests, line),
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

type Asked = Pick<OssRequest, 'method' | 'key' | 'query' | 'headers'>;

/** What goes over the wire. */
function signed({ method, key, query = {}, headers = [] }: Asked, { settings: { endpoint }, signer, now, clockOffset }: Line, credentials: KeyCredentials | 'anonymous'): Pick<SmallRequest, 'target' | 'headers'> {
  const signable: Signable = { method, bucket: endpoint.bucket, key, query, headers };
  const search = encodeQuery(query);
  return {
    target: `${endpoint.base}/${key === undefined ? '' : encodeKey(key)}${search === '' ? '' : `?${search}`}`,
    headers: credentials === 'anonymous' ? headers : signer.sign(signable, credentials, now() + clockOffset),
  };
}

async function exchange(request: OssRequest, line: Line): Promise<Exchange> {
  const { login, now, settings, transport } = line;
  const credentials = login.current(now()) ?? (await login.renew());
  const { method, body, signal } = request;
  const { target, headers } = signed(request, line, credentials);
  const response = await transport.send({ method, url: new URL(`${settings.endpoint.origin}${target}`), headers, ...(body && { body }), ...(signal && { signal }) });
  return { response, credentials };
}

async function sendSmall({ next, room, signal }: SmallObjects<SmallObject>, line: Line): Promise<void> {
  const { login, now, settings, transport } = line;
  if (login.current(now()) === undefined) await login.renew();
  await transport.sendSmall?.({
    origin: new URL(settings.endpoint.origin), signal,
    next() {
      // Without credentials it ends here: the other verbs wait for new ones.
      const credentials = login.current(now());
      const one = credentials && next();
      return one && { method: one.method, body: one.bytes, ...signed(one, line, credentials), land: one.land, take(answer, body) {
        line.hasSucceeded ||= answer?.status === 200;
        one.take(answer, body);
      } };
    },
    // The first one goes alone: what is wrong with it would be wrong with all.
    room: () => (line.hasSucceeded ? room() : 1),
  });
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

import { TowlineError } from '../../errors.ts';
import type { HttpBody, HttpResponse, Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Login } from './auth.ts';
import { encodeKey } from './encoding.ts';
import { type Endpoint, resolveEndpoint } from './endpoint.ts';
import { type Doing, refused, type Refusal } from './errors.ts';
import { type Profile, profileByHost, profileByAnswer, profiles, unknownProfile } from './profiles.ts';
import { hiddenRefusal, readBody, readRefusal } from './refusal.ts';
import type { Settings } from './settings.ts';
import { createSigner, type Credentials, EMPTY_SHA256, type Header, type Signer } from './sigv4.ts';

/** One request about the bucket, or about the object `key` in it. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** For errors: 'read'. */
  readonly verb: string;
  readonly key?: string;
  /** As `encodeQuery` writes it. */
  readonly query?: string;
  /** Names in lower case. All are signed. */
  readonly headers?: readonly Header[];
  readonly body?: HttpBody;
  /** Of the body; without a body it need not be given. */
  readonly payloadHash?: string;
  readonly signal?: AbortSignal | undefined;
}
/** Speaks to one bucket: addresses, signs, sends, and turns refusals into errors. */
export interface S3Client {
  readonly settings: Settings;
  /** Resolves with an answer of 2xx only. */
  send(request: S3Request): Promise<HttpResponse>;
  /** Sends, and gives the XML of the answer back; an error hidden in a 200 is thrown like any other. */
  ask(request: S3Request, limit: number): Promise<{ readonly response: HttpResponse; readonly text: string }>;
  presign(request: { readonly method: 'GET' | 'PUT'; readonly key: string; readonly expiresInSeconds: number }): Promise<string>;
  /** What is known of this service's ways; asks it once if nobody has spoken to it yet. */
  profile(signal?: AbortSignal): Promise<Profile>;
  /** The same, as far as it is known without asking. */
  knownProfile(): Profile | undefined;
  isSecure(): boolean;
  where(key: string | undefined): string;
  close(): Promise<void>;
}
interface State {
  endpoint: Endpoint;
  signer: Signer;
  region: string;
  /** What the service's clock is ahead of ours. */
  clockOffset: number;
  profile: Profile | undefined;
  hasSeenBucket: boolean;
}
interface Exchange {
  readonly response: HttpResponse;
  readonly region: string;
  readonly credentials: Credentials | 'anonymous';
}

export function createClient(settings: Settings, login: Login, opening: Opening): S3Client {
  const transport = opening.connect(settings.connection);
  const state = firstState(settings);
  const exchange = (request: S3Request): Promise<Exchange> => exchangeOnce(request, state, { transport, login, now: opening.now });
  const where = (key: string | undefined): string => `s3://${settings.endpoint.bucket}${key === undefined ? '' : `/${key}`}`;
  let bucketCheck: Promise<boolean> | undefined;
  const hasBucket = async (signal: AbortSignal | undefined): Promise<boolean> => {
    if (state.hasSeenBucket) return true;
    bucketCheck ??= exchange({ method: 'HEAD', verb: 'find', signal }).then(({ response }) => {
      response.cancel();
      return response.status !== 404;
    }).finally(() => (bucketCheck = undefined));
    return (state.hasSeenBucket = await bucketCheck);
  };
  const send = async (request: S3Request): Promise<HttpResponse> => {
    const corrections = new Set<string>();
    for (;;) {
      const done = await exchange(request);
      const { response } = done;
      if (response.status < 300) {
        state.hasSeenBucket = true;
        return response;
      }
      const refusal = await explain(request, done, { exchange, hasBucket });
      const correction = correct(refusal, done, { state, settings, login, now: opening.now });
      if (correction === undefined || corrections.has(correction)) throw refused(refusal, doing(request, where));
      corrections.add(correction);
    }
  };
  return {
    settings,
    send,
    where,
    isSecure: () => state.endpoint.isSecure,
    async ask(request, limit) {
      const response = await send(request);
      const text = await readBody(response, limit);
      const refusal = text.trim() === '' ? undefined : hiddenRefusal(response, text);
      if (refusal) throw refused(refusal, doing(request, where));
      return { response, text };
    },
    async presign({ method, key, expiresInSeconds }) {
      const credentials = login.current(opening.now()) ?? (await login.renew());
      const path = pathOf(state.endpoint, key);
      if (credentials === 'anonymous') return `${state.endpoint.origin}${path}`;
      const moment = { now: opening.now() + state.clockOffset, expiresInSeconds };
      return `${state.endpoint.origin}${path}?${state.signer.presign({ method, host: state.endpoint.host, path, query: '', headers: [] }, credentials, moment)}`;
    },
    async profile(signal) {
      if (state.profile === undefined) (await exchange({ method: 'HEAD', verb: 'find', signal })).response.cancel();
      return state.profile ?? unknownProfile;
    },
    knownProfile: () => state.profile,
    close: async () => transport.close?.(),
  };
}

function firstState(settings: Settings): State {
  const { endpoint } = settings;
  const profile = endpoint.url === undefined ? profiles[0] : profileByHost(new URL(endpoint.url).host);
  const region = settings.region ?? 'us-east-1';
  if (endpoint.url === undefined && !/^[a-z0-9-]+$/.test(region)) throw new TowlineError('INVALID_CONFIG', `'${region}' is not a region of AWS`, { hint: 'Correct the region option of the remote, or AWS_REGION.' });
  return { ...placed(settings, region, profile), clockOffset: 0, profile, hasSeenBucket: false };
}

function placed(settings: Settings, region: string, profile: Profile | undefined): Pick<State, 'endpoint' | 'signer' | 'region'> {
  return { endpoint: resolveEndpoint({ ...settings.endpoint, region, preferred: profile?.addressing }), signer: createSigner(region), region };
}

const pathOf = (endpoint: Endpoint, key: string | undefined): string => (key === undefined ? endpoint.base || '/' : `${endpoint.base}/${encodeKey(key)}`);
const doing = ({ verb, key }: S3Request, where: (key: string | undefined) => string): Doing => ({ verb, where: where(key) });

interface Line {
  readonly transport: Transport;
  readonly login: Login;
  readonly now: () => number;
}

async function exchangeOnce(request: S3Request, state: State, { transport, login, now }: Line): Promise<Exchange> {
  const credentials = login.current(now()) ?? (await login.renew());
  const { endpoint, region } = state;
  const path = pathOf(endpoint, request.key);
  const { method, query = '', headers = [], body, signal } = request;
  const payloadHash = request.payloadHash ?? EMPTY_SHA256;
  const sent = credentials === 'anonymous' ? headers
    : state.signer.sign({ method, host: endpoint.host, path, query, headers, payloadHash }, credentials, now() + state.clockOffset);
  // Building a URL costs 0.5 us of the some 60 us of a request, so the contract of the transport stays as it is.
  const url = new URL(`${endpoint.origin}${path}${query === '' ? '' : `?${query}`}`);
  const response = await transport.send({ method, url, headers: sent, ...(body && { body }), ...(signal && { signal }) });
  state.profile ??= profileByAnswer(response.header('server') ?? '', response.header('x-amz-request-id') ?? '') ?? unknownProfile;
  return { response, region, credentials };
}

interface Questions {
  readonly exchange: (request: S3Request) => Promise<Exchange>;
  readonly hasBucket: (signal: AbortSignal | undefined) => Promise<boolean>;
}

/** An answer to HEAD has no body that could say why: the reason is looked for with a GET of one byte, or by asking for the bucket. */
async function explain(request: S3Request, { response, region }: Exchange, { exchange, hasBucket }: Questions): Promise<Refusal> {
  const refusal = await readRefusal(response);
  if (request.method !== 'HEAD' || request.key === undefined || (refusal.region ?? region) !== region) return refusal;
  if (refusal.status === 404) return (await hasBucket(request.signal)) ? refusal : { ...refusal, code: 'NoSuchBucket' };
  if (refusal.status === 412 || refusal.status === 405 || refusal.status >= 500) return refusal;
  const { response: answer } = await exchange({ ...request, method: 'GET', headers: [...(request.headers ?? []), ['range', 'bytes=0-0']] });
  if (answer.status >= 300) return readRefusal(answer);
  answer.cancel();
  return refusal;
}

interface Correctable {
  readonly state: State;
  readonly settings: Settings;
  readonly login: Login;
  readonly now: () => number;
}

/** Learns from a refusal what makes a second try worthwhile: region, clock, fresh credentials. Each is tried once a request. */
function correct({ region, code, date, status }: Refusal, used: Exchange, { state, settings, login, now }: Correctable): string | undefined {
  if (region !== undefined && region !== used.region && (status < 404)) {
    if (state.region !== region) Object.assign(state, placed(settings, region, state.profile));
    return 'region';
  }
  if (code === 'RequestTimeTooSkewed' && date !== undefined && Number.isFinite(Date.parse(date))) {
    state.clockOffset = Date.parse(date) - now();
    return 'clock';
  }
  if (/^(?:ExpiredToken(?:Exception)?|TokenRefreshRequired)$/.test(code) && used.credentials !== 'anonymous' && login.discard(used.credentials)) return 'login';
  return undefined;
}

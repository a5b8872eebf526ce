import type { HttpResponse, SmallAnswer, SmallRequest, SmallRequests, Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Login } from '../../http/login.ts';
import { correct, explain } from './corrections.ts';
import { type Doing, refused } from './errors.ts';
import { type Profile, profileByAnswer, unknownProfile } from './profiles.ts';
import { hiddenRefusal, readBody } from './refusal.ts';
import { type Exchange, pathOf, type S3Request } from './request.ts';
import type { Settings } from './settings.ts';
import { type Credentials, EMPTY_SHA256, type Header } from './sigv4.ts';
import { firstState, type State } from './state.ts';

/** Speaks to one bucket: addresses, signs, sends, and turns refusals into errors. */
export interface S3Client {
  readonly settings: Settings;
  /** Resolves with an answer of 2xx only. */
  send(request: S3Request): Promise<HttpResponse>;
  readonly bare: BareClient;
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
/** One try, with nothing around it. */
export interface BareClient {
  /** Any status is an answer. Undefined, and nothing sent, before a request has succeeded as they are made by now; unless it `mayBeFirst`. */
  attempt(request: S3Request, mayBeFirst?: boolean): Promise<HttpResponse | undefined>;
  /** Sends requests about small objects with no promise for each, where the way to the service has that: see `Quick.readMany`. */
  sendSmall(requests: SmallObjects): Promise<void>;
}
/** A request about a small object; `bytes` are its body, `land` and `take` are those of `SmallRequest`. */
export interface SmallObject extends Pick<S3Request, 'method' | 'verb' | 'key' | 'headers' | 'payloadHash'>, Pick<SmallRequest, 'land' | 'take'> {
  readonly bytes?: Uint8Array;
}
export interface SmallObjects extends Pick<SmallRequests, 'room' | 'signal'> {
  next(): SmallObject | undefined;
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
    bare: createBare(state, { exchange, transport, login, now: opening.now }),
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

interface Bare extends Line {
  exchange(request: S3Request): Promise<Exchange>;
}

function createBare(state: State, { exchange, transport, login, now }: Bare): BareClient {
  const ask = (one: SmallObject, credentials: Credentials | 'anonymous'): SmallRequest => {
    const { target, headers } = signed(one, state, { credentials, now: now() });
    return { method: one.method, body: one.bytes, target, headers, land: one.land, take(answer, body) {
      if (answer) learnProfile(state, answer);
      state.hasSeenBucket ||= answer?.status === 200;
      one.take(answer, body);
    } };
  };
  return {
    async attempt(request, mayBeFirst = false) {
      if (!state.hasSeenBucket && !mayBeFirst) return undefined;
      const { response } = await exchange(request);
      state.hasSeenBucket ||= response.status < 300;
      return response;
    },
    async sendSmall({ next, room, signal }) {
      if (login.current(now()) === undefined) await login.renew();
      await transport.sendSmall?.({
        origin: new URL(state.endpoint.origin), signal,
        next() {
          // Without credentials it ends here: the other verbs wait for new ones.
          const credentials = login.current(now());
          const one = credentials && next();
          return one && ask(one, credentials);
        },
        // The first one goes alone: it may be told to go elsewhere.
        room: () => (state.hasSeenBucket ? room() : 1),
      });
    },
  };
}

const doing = ({ verb, key }: S3Request, where: (key: string | undefined) => string): Doing => ({ verb, where: where(key) });

interface Line {
  readonly transport: Transport;
  readonly login: Login;
  readonly now: () => number;
}

/** What goes over the wire. */
function signed({ key, method, query = '', headers = [], payloadHash = EMPTY_SHA256 }: S3Request, { endpoint, signer, clockOffset }: State, { credentials, now }: { readonly credentials: Credentials | 'anonymous'; readonly now: number }): { readonly target: string; readonly headers: readonly Header[] } {
  const path = pathOf(endpoint, key);
  const sent = credentials === 'anonymous' ? headers : signer.sign({ method, host: endpoint.host, path, query, headers, payloadHash }, credentials, now + clockOffset);
  return { target: `${path}${query === '' ? '' : `?${query}`}`, headers: sent };
}

async function exchangeOnce(request: S3Request, state: State, { transport, login, now }: Line): Promise<Exchange> {
  const credentials = login.current(now()) ?? (await login.renew());
  const { region } = state;
  const { method, body, signal } = request;
  const { target, headers } = signed(request, state, { credentials, now: now() });
  // Building a URL costs 0.5 us of the some 60 us of a request, so the contract of the transport stays as it is.
  const url = new URL(`${state.endpoint.origin}${target}`);
  const response = await transport.send({ method, url, headers, body, signal });
  learnProfile(state, response);
  return { response, region, credentials };
}

function learnProfile(state: State, answer: Pick<SmallAnswer, 'header'>): void {
  state.profile ??= profileByAnswer(answer.header('server') ?? '', answer.header('x-amz-request-id') ?? '') ?? unknownProfile;
}

import { readText } from '../../http/bounded.ts';
import { encodeComponent, encodeKey } from '../../http/percent-encoding.ts';
import type { HttpResponse, SmallRequest, Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import type { SmallObjects } from '../../storage/quick-many.ts';
import { bytesBody } from '../../storage/request-body.ts';
import { type Authorizer, createAuthorizer, type Proof } from './auth.ts';
import { type Refusal, refused } from './errors.ts';
import { type Profile, profileByServer, unknownProfile } from './profiles.ts';
import { readRefusal } from './refusal.ts';
import { type AzureRequest, encodeQuery, toQuery } from './request.ts';
import { VERSION } from './sas.ts';
import type { Settings } from './settings.ts';
import type { Header, Signable } from './shared-key.ts';

/** Speaks to one container: addresses, proves who it is, sends, and turns refusals into errors. */
export interface AzureClient {
  readonly settings: Settings;
  /** Resolves with an answer of 2xx only. */
  send(request: AzureRequest): Promise<HttpResponse>;
  /** Sends requests about small objects, one try each, with no promise for each: see `Quick.readMany`. */
  sendSmall(requests: SmallObjects<SmallObject>): Promise<void>;
  /** Sends, and gives the text of the answer back. */
  ask(request: AzureRequest, limit: number): Promise<{ readonly response: HttpResponse; readonly text: string }>;
  /** What a request inside another one needs, the proof among it; the version of the protocol is that of the outer one. */
  sealed(request: AzureRequest): Promise<{ readonly target: string; readonly headers: readonly Header[] }>;
  /** The address of a blob, without any proof. */
  urlOf(key: string, container?: string): string;
  /** The error of what was refused, in our words. */
  refuse(refusal: Refusal, request: Pick<AzureRequest, 'verb' | 'key'>): Error;
  profile(): Profile;
  where(key: string | undefined): string;
  close(): Promise<void>;
}

/** A request about a small blob; `bytes` are its body. */
export interface SmallObject extends Pick<AzureRequest, 'method' | 'verb' | 'key' | 'headers'> {
  readonly bytes?: Uint8Array;
}

/** The service refuses what is more than 15 minutes old; a difference of this much is worth a second try by its clock. */
const CLOCK_MILLISECONDS = 300_000;

export function createClient(settings: Settings, opening: Opening, timeoutSeconds: number | undefined): AzureClient {
  const { endpoint, container, login } = settings;
  const transport = opening.connect(settings.connection);
  const state: State = { authorizer: createAuthorizer(settings, opening), clockOffset: 0, profile: undefined, hasSucceeded: false };
  const line: Line = { transport, settings, state, now: opening.now, timeoutSeconds };
  const where = (key: string | undefined): string => `azure://${container}${key === undefined ? '' : `/${key}`}`;
  const refuse = (refusal: Refusal, { verb, key }: Pick<AzureRequest, 'verb' | 'key'>): Error => refused(translated(refusal, state.profile), { verb, where: where(key), login: login.words });
  const send = async (request: AzureRequest): Promise<HttpResponse> => {
    const tried = new Set<string>();
    for (;;) {
      const { response, proof } = await exchange(request, line);
      if (response.status < 300) {
        state.hasSucceeded = true;
        return response;
      }
      const refusal = await readRefusal(response, opening.now());
      const correction = correct(refusal, proof, line);
      if (correction === undefined || tried.has(correction)) throw refuse(refusal, request);
      tried.add(correction);
    }
  };
  return {
    settings, send, where, refuse,
    sendSmall: (requests) => sendSmall(requests, line),
    async ask(request, limit) {
      const response = await send(request);
      return { response, text: await readText(response, limit) };
    },
    async sealed(request) {
      return targetOf(await prepare(request, { ...line, timeoutSeconds: undefined }, []));
    },
    urlOf: (key, other = container) => `${endpoint.origin}${pathOf({ endpoint, container: other }, { key })}`,
    profile: () => state.profile ?? unknownProfile,
    close: async () => transport.close?.(),
  };
}

/** What a client learns of its service while it speaks to it. */
interface State {
  readonly authorizer: Authorizer;
  /** What the service's clock is ahead of ours. */
  clockOffset: number;
  profile: Profile | undefined;
  /** A request, as they are made by now, was taken. */
  hasSucceeded: boolean;
}
interface Line {
  readonly transport: Transport;
  readonly settings: Settings;
  readonly state: State;
  readonly now: () => number;
  readonly timeoutSeconds: number | undefined;
}

function pathOf({ endpoint: { base }, container }: Pick<Settings, 'endpoint' | 'container'>, { of, key }: Pick<AzureRequest, 'of' | 'key'>): string {
  if (of === 'account') return base || '/';
  return key === undefined ? `${base}/${encodeComponent(container)}` : `${base}/${encodeComponent(container)}/${encodeKey(key)}`;
}

interface Prepared {
  readonly path: string;
  readonly query: string;
  readonly headers: readonly Header[];
  readonly proof: Proof;
}

async function prepare(request: AzureRequest, line: Line, version?: readonly Header[]): Promise<Prepared> {
  const plain = draft(request, line, version);
  return proven(plain, await line.state.authorizer.prove(plain, line.now()));
}

/** A request without its proof. */
interface Draft extends Signable {
  readonly method: AzureRequest['method'];
}

function draft({ body, ...request }: AzureRequest, { settings, state, now, timeoutSeconds }: Omit<Line, 'transport'>, version: readonly Header[] = [['x-ms-version', VERSION]]): Draft {
  const { method, headers = [] } = request;
  return {
    method, path: pathOf(settings, request), query: toQuery({ ...request.query, timeout: timeoutSeconds }),
    headers: [...headers, ['x-ms-date', new Date(now() + state.clockOffset).toUTCString()], ...version],
    size: body?.bytes?.byteLength ?? body?.size ?? 0,
  };
}

function proven({ path, query, headers }: Draft, proof: Proof): Prepared {
  const parts = [encodeQuery(query), proof.query].filter((part) => part !== '');
  return { path, query: parts.join('&'), headers: [...headers, ...proof.headers], proof };
}

async function sendSmall({ next, room, signal }: SmallObjects<SmallObject>, line: Line): Promise<void> {
  const { settings, state, now, transport } = line;
  const prove = (one: Draft): Proof | Promise<Proof> => state.authorizer.prove(one, now());
  // A token is fetched before the first of them.
  await prove(draft({ method: 'GET', verb: 'find' }, line));
  await transport.sendSmall?.({
    origin: new URL(settings.endpoint.origin), signal,
    next() {
      const one = next();
      if (one === undefined) return undefined;
      const { bytes, land, take, ...request } = one;
      const plain = draft(bytes ? { ...request, body: bytesBody(bytes) } : request, line);
      const proof = prove(plain);
      if (!(proof instanceof Promise)) return { method: plain.method, body: bytes, ...targetOf(proven(plain, proof)), land, take(answer, body) {
        state.hasSucceeded ||= (answer?.status ?? 400) < 300;
        take(answer, body);
      } };
      // A token that is nearly over ends it here: the other verbs wait for a new one.
      proof.catch(() => undefined);
      take(undefined);
      return undefined;
    },
    // The first one goes alone: what is wrong with it would be wrong with all.
    room: () => (state.hasSucceeded ? room() : 1),
  });
}

const targetOf = ({ path, query, headers }: Prepared): Pick<SmallRequest, 'target' | 'headers'> => ({ target: query === '' ? path : `${path}?${query}`, headers });

async function exchange(request: AzureRequest, line: Line): Promise<{ readonly response: HttpResponse; readonly proof: Proof }> {
  const prepared = await prepare(request, line);
  const { headers, proof } = prepared;
  const { method, body, signal } = request;
  const url = new URL(`${line.settings.endpoint.origin}${targetOf(prepared).target}`);
  // A PUT without a body must say so, or the service answers 411.
  const sent = body || (method !== 'PUT' && method !== 'POST') ? headers : [...headers, ['content-length', '0'] as const];
  const response = await line.transport.send({ method, url, headers: sent, ...(body && { body }), ...(signal && { signal }) });
  line.state.profile ??= profileByServer(response.header('server') ?? '') ?? unknownProfile;
  return { response, proof };
}

/** Learns from a refusal what makes a second try worthwhile: the clock, a fresh token. Each is tried once a request. */
function correct({ status, code, date }: Refusal, proof: Proof, { state, now }: Line): string | undefined {
  if (status !== 401 && status !== 403) return undefined;
  const theirs = Date.parse(date ?? '');
  if (code === 'AuthenticationFailed' && Math.abs(theirs - now() - state.clockOffset) > CLOCK_MILLISECONDS) {
    state.clockOffset = theirs - now();
    return 'clock';
  }
  return (code === 'InvalidAuthenticationInfo' || code === 'AuthenticationFailed') && state.authorizer.discard(proof) ? 'login' : undefined;
}

const translated = (refusal: Refusal, profile: Profile | undefined): Refusal => (profile?.wrongMd5?.test(refusal.message) === true ? { ...refusal, code: 'Md5Mismatch' } : refusal);

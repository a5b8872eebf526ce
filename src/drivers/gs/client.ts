import { readText } from '../../http/bounded.ts';
import type { HttpResponse, Transport } from '../../http/transport.ts';
import { TowlineError } from '../../errors.ts';
import type { Opening } from '../../storage/definition.ts';
import type { SmallObjects } from '../../storage/quick-many.ts';
import type { Login } from './auth.ts';
import { type Doing, isMissingPayer, noBucket, refused } from './errors.ts';
import { type Refusal, readRefusal } from './refusal.ts';
import type { GsRequest, Header } from './request.ts';
import { type SmallObject, sendSmall } from './send-small.ts';
import type { Endpoint, Settings } from './settings.ts';
import { createTargets, type Targets } from './targets.ts';

/** Speaks to one bucket: logs in, sends, and turns refusals into errors. */
export interface GsClient {
  readonly endpoint: Endpoint;
  readonly login: Login;
  readonly at: Targets;
  send(request: GsRequest): Promise<HttpResponse>;
  /** Sends requests about small objects, one try each, with no promise for each: see `Quick.readMany`. */
  sendSmall(requests: SmallObjects<SmallObject>): Promise<void>;
  /** Sends, and gives the JSON of the answer back. */
  ask(request: GsRequest, limit?: number): Promise<unknown>;
  where(key: string | undefined): string;
  close(): Promise<void>;
}

/** One object described with its fields, or what a copy says of itself. */
const ANSWER_BYTES = 256 * 1024;

export function createClient(bucket: string, settings: Settings, { transport, login, now }: { readonly transport: Transport; readonly login: Login; readonly now: Opening['now'] }): GsClient {
  const { endpoint } = settings;
  const where = (key: string | undefined): string => `gs://${bucket}${key === undefined ? '' : `/${key}`}`;
  const doing = ({ verb, key }: GsRequest): Doing => ({ verb, where: where(key) });
  const at = createTargets(bucket);
  const state = { hasSeenBucket: false };
  let isPaying = false;
  const withLogin = (headers: readonly Header[], token: string | undefined): readonly Header[] => {
    const project = isPaying ? login.payer : login.quotaProject();
    return [...headers, ...(token === undefined ? [] : [['authorization', `Bearer ${token}`] as const]), ...(project === undefined ? [] : [['x-goog-user-project', project] as const])];
  };
  const exchange = async ({ method, target, headers = [], body, signal }: GsRequest): Promise<{ readonly response: HttpResponse; readonly token: string | undefined }> => {
    const token = login.current() ?? (await login.token(signal));
    const sent = withLogin(headers, token);
    // Everything goes to the one origin that the credentials are for, whatever an answer names.
    return { token, response: await transport.send({ method, url: new URL(`${endpoint.base}${target}`), headers: sent, ...(body && { body }), ...(signal && { signal }) }) };
  };
  const hasBucket = async (signal: AbortSignal | undefined): Promise<boolean> => {
    const { response } = await exchange({ method: 'GET', verb: 'find', target: at.list({ fields: 'prefixes', maxResults: 1 }), signal });
    response.cancel();
    return response.status !== 404;
  };
  const isBucketMissing = async ({ status, message }: Refusal, { signal }: GsRequest): Promise<boolean> => {
    if (status !== 404 || state.hasSeenBucket || /^No such object/i.test(message)) return false;
    if (/bucket does not exist/i.test(message)) return true;
    return !(state.hasSeenBucket = await hasBucket(signal));
  };
  const send = async (request: GsRequest): Promise<HttpResponse> => {
    const corrections = new Set<string>();
    for (;;) {
      const { response, token } = await exchange(request);
      if ((response.status >= 200 && response.status < 300) || request.expected?.includes(response.status)) {
        state.hasSeenBucket = true;
        return response;
      }
      const refusal = await readRefusal(response, now());
      const correction = correct(refusal, token);
      if (correction !== undefined && !corrections.has(correction)) {
        corrections.add(correction);
        continue;
      }
      if (await isBucketMissing(refusal, request)) throw noBucket(doing(request), refusal);
      throw refused(refusal, doing(request), token === undefined);
    }
  };
  /** Learns from a refusal what makes a second try worthwhile. Each is tried once a request. */
  const correct = (refusal: Refusal, token: string | undefined): string | undefined => {
    if (refusal.status === 401 && token !== undefined && login.discard(token)) return 'login';
    if (!isPaying && login.payer !== undefined && isMissingPayer(refusal)) {
      isPaying = true;
      return 'payer';
    }
    return undefined;
  };
  return {
    endpoint, login, at, send, where,
    sendSmall: (requests) => sendSmall(requests, { base: endpoint.base, transport, login, withLogin, state }),
    ask: async (request, limit = ANSWER_BYTES) => parseJson(await readText(await send(request), limit), where(request.key)),
    close: async () => transport.close?.(),
  };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TowlineError('CORRUPT', `${where}: the server answered with something else than JSON`, { cause, hint: 'Look whether the endpoint is Google Cloud Storage.' });
  }
}

import type { Login } from '../../http/login.ts';
import type { Refusal } from './errors.ts';
import { readRefusal } from './refusal.ts';
import type { Exchange, S3Request } from './request.ts';
import type { Settings } from './settings.ts';
import { placed, type State } from './state.ts';

interface Questions {
  readonly exchange: (request: S3Request) => Promise<Exchange>;
  readonly hasBucket: (signal: AbortSignal | undefined) => Promise<boolean>;
}

/** An answer to HEAD has no body that could say why: the reason is looked for with a GET of one byte, or by asking for the bucket. */
export async function explain(request: S3Request, { response, region }: Exchange, { exchange, hasBucket }: Questions): Promise<Refusal> {
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
export function correct({ region, code, date, status }: Refusal, used: Exchange, { state, settings, login, now }: Correctable): string | undefined {
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

import { hasCode, TowlineError } from '../../../errors.ts';
import { readText } from '../../../http/bounded.ts';
import type { Connect, HttpBody, HttpResponse, Transport } from '../../../http/transport.ts';
import type { Runtime } from '../../../runtime.ts';
import type { CallOptions } from '../../../storage/call.ts';
import type { MergeStrategy } from '../../state.ts';
import { answerError, connectionFault, type LocalStackInfo } from './errors.ts';
import { readEvents, type ServiceEvent } from './events.ts';

/** What is lent to whoever speaks to LocalStack. */
export interface LocalStackLent extends Pick<Runtime, 'env' | 'now' | 'wait'> { readonly connect: Connect }
interface Told extends CallOptions { readonly onService?: ((event: ServiceEvent) => void) | undefined }

/** A running LocalStack, by its HTTP API. */
export interface LocalStackRuntime {
  /** Versions, as its own `metadata.yaml` has them. */
  environment(options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
  /** The zip of its state. Iterate it to its end, or leave it. */
  state(services: readonly string[] | undefined, options?: CallOptions): Promise<AsyncIterable<Uint8Array>>;
  load(zip: HttpBody, merge: MergeStrategy, options?: Told): Promise<readonly ServiceEvent[]>;
  /** Throws away the state of some services, or all of it. */
  reset(services: readonly string[] | undefined, options?: Told): Promise<void>;
  /** The resources in it: account, service, region, listing. */
  metamodel(options?: CallOptions): Promise<unknown>;
  close(): Promise<void>;
}

/** LocalStack may be silent for long while it packs or loads; there is no limit to the whole. */
const IDLE_SECONDS = 600;
const MOST_JSON = 256 << 20;

export function createRuntime(endpoint: URL, { connect, now }: LocalStackLent): LocalStackRuntime {
  const transport: Transport = connect({ idleTimeoutSeconds: IDLE_SECONDS });
  const ask = async ({ method, path, what, body, signal }: { readonly method: string; readonly path: string; readonly what: string; readonly body?: HttpBody; readonly signal?: AbortSignal | undefined }): Promise<HttpResponse> => {
    let response: HttpResponse;
    try {
      const headers: (readonly [string, string])[] = body ? [['content-type', 'application/octet-stream']] : [];
      response = await transport.send({ method, url: new URL(path, endpoint), headers, ...(body && { body }), ...(signal && { signal }) });
    } catch (error) {
      throw connectionFault(error, endpoint);
    }
    if (response.status < 200 || response.status > 299) throw await answerError(response, { what, method, now: now(), about: async () => await infoOf(transport, endpoint, signal) });
    return response;
  };
  const json = async (path: string, what: string, { signal }: CallOptions): Promise<unknown> => parse(await readText(await ask({ method: 'GET', path, what, signal }), MOST_JSON), what);
  return {
    async environment(options = {}) {
      const value = await json('/_localstack/pods/environment', 'asking for its versions', options);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
      throw new TowlineError('CORRUPT', 'LocalStack answered something else than its versions');
    },
    async state(services, { signal } = {}) {
      const query = services === undefined ? '' : `?services=${services.map(checkService).join(',')}`;
      return (await ask({ method: 'GET', path: `/_localstack/pods/state${query}`, what: 'taking the state', signal })).body;
    },
    async load(zip, merge, { signal, onService } = {}) {
      const what = 'loading the state';
      return await readEvents((await ask({ method: 'POST', path: `/_localstack/pods?merge=${merge}`, what, body: zip, signal })).body, what, onService);
    },
    async reset(services, { signal, onService } = {}) {
      const paths = services === undefined ? ['/_localstack/state/reset'] : services.map((service) => `/_localstack/state/${checkService(service)}/reset`);
      const what = 'resetting the state';
      for (const path of paths) await readEvents((await ask({ method: 'POST', path, what, signal })).body, what, onService);
    },
    metamodel: (options = {}) => json('/_localstack/pods/state/metamodel', 'asking for the resources', options),
    close: async () => { await transport.close?.(); },
  };
}

/** What LocalStack says of itself, where it does: it is asked only to explain an error. */
async function infoOf(transport: Transport, endpoint: URL, signal: AbortSignal | undefined): Promise<LocalStackInfo | undefined> {
  try {
    const response = await transport.send({ method: 'GET', url: new URL('/_localstack/info', endpoint), headers: [], ...(signal && { signal }) });
    const { version, is_license_activated: hasLicence } = JSON.parse(await readText(response, 65536)) as { readonly version?: unknown; readonly is_license_activated?: unknown };
    return typeof version === 'string' && /^[\w.+-]{1,60}$/.test(version) ? { version, hasLicence: hasLicence === true } : undefined;
  } catch (error) {
    if (hasCode(error, 'ABORTED')) throw error;
    return undefined;
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TowlineError('CORRUPT', `${what}: LocalStack answered with what is no JSON`, { cause, hint: 'Check that the address leads to LocalStack.' });
  }
}

/** A service becomes a part of a path and of a list with commas. */
function checkService(service: string): string {
  if (/^[a-z0-9][a-z0-9_-]*$/i.test(service)) return service;
  throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(service)} is no name of a service`, { hint: 'Input the services as a comma-delimited list.' });
}

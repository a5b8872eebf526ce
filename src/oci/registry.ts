import type { TowlineError } from '../errors.ts';
import type { HttpBody, HttpResponse, Transport } from '../http/transport.ts';
import { type Doing, registryError } from './errors.ts';
import type { Profile } from './profiles.ts';
import { warningsOf } from './warnings.ts';

/** A request to a repository. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the repository: 'blobs/sha256:...'; or a whole URL the registry gave. */
  readonly at: string | URL;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: HttpBody;
  readonly signal?: AbortSignal | undefined;
}
/** One repository of a registry, as its verbs need it. */
export interface Registry {
  readonly displayUrl: string;
  readonly profile: Profile;
  readonly settings: UploadSettings;
  send(request: RegistryRequest): Promise<HttpResponse>;
  /** The error of an answer. */
  failed(response: HttpResponse, doing: Doing): Promise<TowlineError>;
}
/** How blobs are sent: rows of the profile, or what the remote says. */
export interface UploadSettings {
  readonly chunk: number | 'never';
  readonly chunksAbove: number;
}
export interface RegistryParts extends Pick<Registry, 'displayUrl' | 'profile' | 'settings'> {
  readonly origin: string;
  readonly name: string;
  /** With redirects and logging in. */
  readonly transport: Transport;
  readonly now: () => number;
  readonly warn: (text: string) => void;
}

const EMPTY: HttpBody = { size: 0, bytes: new Uint8Array(), open: async function* () { /* No bytes. */ } };

export function createRegistry({ origin, name, transport, now, warn, displayUrl, profile, settings }: RegistryParts): Registry {
  const base = `${origin}/v2/${name}/`;
  const told = new Set<string>();
  return {
    displayUrl, profile, settings,
    async send({ method, at, headers = [], body, signal }) {
      // A POST or PUT without a length is refused by some, so an empty body says so.
      const sent = body ?? (method === 'POST' || method === 'PUT' ? EMPTY : undefined);
      const response = await transport.send({ method, url: typeof at === 'string' ? new URL(base + at) : at, headers, ...(sent && { body: sent }), ...(signal && { signal }) });
      for (const text of warningsOf(response.header('warning'))) {
        if (told.has(text)) continue;
        told.add(text);
        warn(text);
      }
      return response;
    },
    failed: async (response, doing) => await registryError(response, { ...doing, now: now(), profile }),
  };
}

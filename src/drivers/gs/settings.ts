import { TowlineError } from '../../errors.ts';
import { redactUrl } from '../../http/redact.ts';
import type { ConnectionSettings } from '../../http/transport.ts';
import type { Runtime } from '../../runtime.ts';
import type { GsOptions } from './options.ts';

/** Where requests go. */
export interface Endpoint {
  /** 'https://host:port', and what stands before '/storage/v1', without a slash at its end. */
  readonly base: string;
  /** Google's own, which has a metadata server beside it. */
  readonly isGoogle: boolean;
  /** Nobody on the way can read: https, or this machine. */
  readonly isPrivate: boolean;
  /**
   * What the machine has by itself may be sent there: to Google or to this machine. A repository that was cloned can name any host, and
   * a token opens everything its owner may open. STORAGE_EMULATOR_HOST names a service where nobody logs in.
   */
  readonly isTrusted: boolean;
}
/** What options and environment say of the way to the service. */
export interface Settings {
  readonly endpoint: Endpoint;
  readonly connection: ConnectionSettings;
}

const GOOGLE = 'https://storage.googleapis.com';

/** Options win over the environment. */
export function readSettings(options: GsOptions, { env }: Pick<Runtime, 'env'>): Settings {
  const emulator = env['STORAGE_EMULATOR_HOST'];
  const isEmulator = options.endpointurl === undefined && emulator !== undefined && emulator !== '' && emulator !== 'default';
  return {
    endpoint: readEndpoint(options.endpointurl ?? (isEmulator ? withScheme(emulator) : GOOGLE), isEmulator),
    connection: {
      verifyTls: options.ssl_verify !== false, ...(typeof options.ssl_verify === 'string' && { caFile: options.ssl_verify }),
      connectTimeoutSeconds: options.connect_timeout, idleTimeoutSeconds: options.read_timeout,
    },
  };
}

const withScheme = (text: string): string => (/^https?:\/\//i.test(text) ? text : `http://${text}`);

function readEndpoint(text: string, isEmulator: boolean): Endpoint {
  const url = /^https?:\/\/[^/\s]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const name = isEmulator ? 'STORAGE_EMULATOR_HOST' : 'endpointurl';
  if (!url) throw new TowlineError('INVALID_CONFIG', `${name} '${redactUrl(text)}' is not an http:// or https:// address`, { hint: 'Write it as https://host or https://host:port.' });
  if (url.username !== '' || url.search !== '' || url.hash !== '') throw new TowlineError('INVALID_CONFIG', `${name} '${url.origin}' must not have a user, a query or a fragment`, { hint: 'Write it as https://host:port.' });
  // Google's library for JavaScript wants '/storage/v1' in STORAGE_EMULATOR_HOST, those for Python and gcsfs want it absent.
  const base = url.origin + url.pathname.replace(/\/+$/, '').replace(/\/storage\/v1$/, '');
  const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  const isGoogle = url.protocol === 'https:' && /\.googleapis\.com$/.test(url.hostname);
  return { base, isGoogle, isPrivate: url.protocol === 'https:' || isHere, isTrusted: !isEmulator && (isGoogle || isHere) };
}

import { remoteOf, settingsOf } from '../../remotes/made-remote.ts';
import { apiServer, fileServers } from './file-server.ts';
import { type Part, partAt } from '../config/values.ts';
import { variable } from '../config/variables.ts';
import type { Finding, RemoteTarget } from './target.ts';

/** A web server, or ClearML's file server. Only the latter gets the login of the configuration: its address is compared at its end. */
export function httpTarget(url: string, finding: Finding): RemoteTarget {
  const { config, purpose } = finding;
  const server = fileServers(config, finding.substitute).toSorted((a, b) => b.length - a.length).find((one) => isAt(url, one));
  const timeouts = timeoutsOf(partAt(config, 'sdk.http'));
  const verify = verifies(config);
  if (server !== undefined || purpose === 'write') {
    const base = server ?? originOf(url);
    const name = url.slice(base.length).replace(/^\/+/, '');
    const api = partAt(config, 'api');
    const login = server === undefined ? {} : {
      api_server: apiServer(config), access_key: variable(config.env, 'API_ACCESS_KEY')?.value ?? api.text('credentials.access_key'),
      secret_key: variable(config.env, 'API_SECRET_KEY')?.value ?? api.text('credentials.secret_key'), token: variable(config.env, 'AUTH_TOKEN')?.value,
    };
    return {
      kind: 'remote', base, name, isSingle: true,
      remote: remoteOf(base, settingsOf({ ...login, ssl_verify: verify, ...timeouts }, api.place('credentials')), { driver: 'fileserver' }),
      reason: server === undefined ? 'a server that takes uploads as the file server of ClearML does, without a login' : `the file server, ${login.access_key === undefined && login.token === undefined ? 'without a login: api.credentials are not set' : 'with the login of api.credentials'}`,
      spell: quoteName, ...(purpose === 'read' && { toPath: decodeName }),
    };
  }
  const origin = originOf(url);
  return {
    kind: 'remote', base: origin, name: url.slice(origin.length).replace(/^\/+/, ''), isSingle: true, toPath: () => '',
    remote: remoteOf(url.replace(/#.*$/s, ''), settingsOf({ ssl_verify: verify, ...timeouts }, { file: "ClearML's default", line: 0, column: 0 })),
    reason: 'a web server, without a login',
  };
}

/** A port or a longer name may follow an address that is only the beginning of another. */
const isAt = (url: string, server: string): boolean => url.length === server.length ? url === server : url.startsWith(server) && /^[/?#]/.test(url.slice(server.length));
const originOf = (url: string): string => /^[^/]*\/\/[^/?#]*/.exec(url)?.[0] ?? url;

/** `api.verify_certificate` counts for storage, too: ClearML looks for it in the wrong place. */
function verifies({ env, tree, ...rest }: Finding['config']): string | undefined {
  const said = variable(env, 'API_HOST_VERIFY_CERT')?.value;
  if (said !== undefined) return /^(?:0|false|no|off)$/i.test(said) ? 'false' : undefined;
  return partAt({ env, tree, ...rest }, 'api').flag('verify_certificate') === false ? 'false' : undefined;
}

function timeoutsOf(http: Part): Readonly<Record<string, number | undefined>> {
  return { connect_timeout: http.number('timeout.connection'), read_timeout: http.number('timeout.total') };
}

/** As Python's `quote` leaves a path, but for what ends it. */
export function quoteName(name: string): string {
  const cut = /[?#;]/.exec(name)?.index ?? name.length;
  return encodeURIComponent(name.slice(0, cut)).replaceAll('%2F', '/').replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`) + name.slice(cut);
}

/** A name as a URL spells it; '%' that starts no escape is itself. */
export function decodeName(name: string): string {
  const path = name.replace(/[?#].*$/s, '');
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** The URL as ClearML gives it back: only those of web servers are quoted, and only their path. */
export function quoteUrl(url: string): string {
  const origin = originOf(url);
  const rest = url.slice(origin.length);
  return rest.startsWith('/') ? origin + quoteName(rest) : url;
}

import { TowlineError } from '../../errors.ts';
import type { ClearmlConfig } from '../config/clearml-config.ts';
import { type Part, partAt } from '../config/values.ts';
import { variable } from '../config/variables.ts';

/** An address of the API, as the environment or the configuration says it. */
function address({ env }: ClearmlConfig, api: Part, { name, key }: { readonly name: string; readonly key: string }): string | undefined {
  return (variable(env, name)?.value ?? api.text(key))?.replace(/\/+$/, '');
}

export const apiServer = (config: ClearmlConfig): string | undefined => address(config, partAt(config, 'api'), { name: 'API_HOST', key: 'api_server' });

/** Where the file server is: named, or guessed from where the web or the API server is, as ClearML guesses. */
export function filesServer(config: ClearmlConfig): string {
  const api = partAt(config, 'api');
  const named = address(config, api, { name: 'FILES_HOST', key: 'files_server' });
  if (named !== undefined) return named;
  const server = apiServer(config);
  if (server === 'https://api.clear.ml') return 'https://files.clear.ml';
  return besideWeb(webServer(config, api, server));
}

function webServer(config: ClearmlConfig, api: Part, server: string | undefined): string {
  const named = address(config, api, { name: 'WEB_HOST', key: 'web_server' });
  if (named !== undefined) return named;
  if (server?.includes('://api.') === true) return server.replace('://api.', '://app.');
  if (server !== undefined && /:8008\b/.test(server)) return server.replace(':8008', ':8080');
  throw new TowlineError('INVALID_CONFIG', 'Could not detect ClearML web application server', { hint: 'Set api.files_server in clearml.conf, or CLEARML_FILES_HOST.' });
}

function besideWeb(web: string): string {
  if (/:\d+$/.test(web)) return web.replace(/:\d+$/, ':8081');
  return /:\/\/app\./.test(web) ? web.replace('://app.', '://files.') : `${web}:8081`;
}

/** Every address that is one of ours: to these, and to no other, the login goes. */
export function fileServers(config: ClearmlConfig, substitute: (url: string) => string): readonly string[] {
  const named = [attempt(() => filesServer(config)), 'https://files.community.clear.ml', ...partAt(config, 'sdk.storage').list('http.legacy_fileservers').map(String), partAt(config, 'sdk.metrics').text('plot_upload_destination')];
  const known = named.flatMap((one) => (one === undefined || one === '' ? [] : [one, substitute(one)])).map((one) => one.replace(/\/+$/, ''));
  return [...new Set(known)].filter((one) => URL.canParse(one));
}

function attempt(act: () => string): string | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof TowlineError) return undefined;
    throw error;
  }
}

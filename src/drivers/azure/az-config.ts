import { readText, readTextIfReached } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';

/** What the environment and the configuration of the `az` program say about storage. */
export interface Lent {
  readonly connectionString: string | undefined;
  readonly account: string | undefined;
  readonly key: string | undefined;
  readonly sas: string | undefined;
  readonly container: string | undefined;
}

/** As DVC looks them up: variables named by section and key first, then `[storage]` of az's file, then the variables that only adlfs knows. */
export function readLent({ env, home }: Pick<Runtime, 'env' | 'home'>): Lent {
  const folder = env['AZURE_CONFIG_DIR'] || `${home}/.azure`;
  const file = `${folder === '~' || folder.startsWith('~/') ? home + folder.slice(1) : folder}/config`;
  // What somebody named must be readable.
  const content = env['AZURE_CONFIG_DIR'] ? readText(file) : readTextIfReached(file);
  const storage = content === undefined ? undefined : parseAzConfig(content, file);
  const find = (key: string, ...others: readonly string[]): string | undefined =>
    [env[`AZURE_STORAGE_${key.toUpperCase()}`], storage?.get(key), ...others.map((name) => env[name])].find((value) => value !== undefined && value !== '');
  return {
    connectionString: find('connection_string'),
    account: find('account', 'AZURE_STORAGE_ACCOUNT_NAME')?.toLowerCase(),
    key: find('key', 'AZURE_STORAGE_ACCOUNT_KEY'),
    sas: find('sas_token'),
    container: find('container_name'),
  };
}

/** The `[storage]` section of az's file, with what `[DEFAULT]` adds: a file of Python's configparser, in which '%%' means '%'. */
export function parseAzConfig(content: string, place: string): ReadonlyMap<string, string> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const [index, line] of content.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const name = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      continue;
    }
    const [, key, value = ''] = /^\s*([^=:\s][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || section === undefined) throw new TowlineError('INVALID_CONFIG', `${place}:${index + 1}: expected [section] or key = value`, { hint: 'Correct that line.' });
    section.set(key.toLowerCase(), value.replaceAll('%%', '%'));
  }
  return new Map([...(sections.get('DEFAULT') ?? []), ...(sections.get('storage') ?? [])]);
}

import { redactUrl } from '../../http/redact.ts';
import { isTree, type Value } from '../hocon/syntax.ts';
import { type ClearmlConfig, placeOf } from './clearml-config.ts';
import { variable } from './variables.ts';

/** One value that counts, and where it is said. */
export interface ShownValue { readonly name: string; readonly value: string | boolean | null; readonly file: string; readonly line: number; readonly origin: string }

/** Names whose values let somebody in, whoever reads them. */
const SECRET = /key$|keyid$|secret|token|passw|(^|_)pass$|(^|_)sas(_|$)|connection_string|authorization/i;

/** Variables that are asked before the files. */
const VARIABLES: Readonly<Record<string, string>> = {
  API_HOST: 'api.api_server', WEB_HOST: 'api.web_server', FILES_HOST: 'api.files_server', API_HOST_VERIFY_CERT: 'api.verify_certificate',
  API_ACCESS_KEY: 'api.credentials.access_key', API_SECRET_KEY: 'api.credentials.secret_key', AUTH_TOKEN: 'api.token', CACHE_DIR: 'sdk.storage.cache.default_base_dir',
};

/** Every value of the merged configuration, by its name. */
export function showConfig(config: ClearmlConfig, { withSecrets = false }: { readonly withSecrets?: boolean } = {}): readonly ShownValue[] {
  const shown = (name: string, value: string | boolean | null): string | boolean | null => {
    if (withSecrets || typeof value !== 'string' || value === '') return value;
    const last = name.slice(name.lastIndexOf('.') + 1);
    return SECRET.test(last) || value.trimStart().startsWith('{') ? '***' : redactUrl(value);
  };
  const fromFiles = leaves(config.tree, []).map(({ path, value }): ShownValue => {
    const { file, line } = placeOf(config, path);
    const name = path.map(spelled).join('.');
    return { name, value: shown(name, value), file, line, origin: line === 0 ? file : `${file}:${line}` };
  });
  const fromVariables = Object.entries(VARIABLES).flatMap(([key, name]): readonly ShownValue[] => {
    const found = variable(config.env, key);
    const file = `the environment variable ${found?.name ?? ''}`;
    return found === undefined ? [] : [{ name, value: shown(name, found.value), file, line: 0, origin: file }];
  });
  const hidden = new Set(fromVariables.map(({ name }) => name));
  return [...fromFiles.filter(({ name }) => !hidden.has(name)), ...fromVariables].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function leaves(value: Value, path: readonly string[]): readonly { readonly path: readonly string[]; readonly value: string | boolean | null }[] {
  const members = isTree(value) ? Object.entries(value) : Array.isArray(value) ? value.map((item: Value, index) => [String(index), item] as const) : undefined;
  if (members === undefined) return [{ path, value: value === null || typeof value === 'boolean' ? value : String(value as string) }];
  return members.flatMap(([key, member]) => leaves(member, [...path, key]));
}

const spelled = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));

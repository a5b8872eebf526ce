import { hasCode, TowlineError } from '../../errors.ts';
import { decodeText, scanXml } from '../../http/xml.ts';

/** The properties of a Hadoop configuration, later files over earlier ones. */
export interface Configuration {
  /** With `${...}` filled in; undefined when it is not set. */
  get(name: string): string | undefined;
}
/** Files of this machine, and the environment that a value may name. */
export interface ConfigurationSources {
  readonly readText: (path: string) => string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The files a client of HDFS reads. */
export const FILES = ['core-site.xml', 'hdfs-site.xml'] as const;
/** Hadoop gives up at the same depth. */
const MOST_SUBSTITUTIONS = 20;

/** Reads the files of a folder; those that are absent say nothing. */
export function readConfiguration(folder: string | undefined, { readText, env }: ConfigurationSources): Configuration {
  const properties = new Map<string, string>();
  const finals = new Set<string>();
  for (const file of folder === undefined ? [] : FILES) {
    const path = `${folder}/${file}`;
    for (const { name, value, isFinal } of parseProperties(readText(path) ?? '', path)) {
      if (finals.has(name)) continue;
      properties.set(name, value);
      if (isFinal) finals.add(name);
    }
  }
  const expand = (text: string, depth: number): string => text.replace(/\$\{([^{}$\s]+)\}/g, (whole, name: string) => {
    const value = name.startsWith('env.') ? envValue(name.slice(4), env) : properties.get(name);
    return value === undefined || depth === MOST_SUBSTITUTIONS ? whole : expand(value, depth + 1);
  });
  return {
    get(name) {
      const value = properties.get(name);
      return value === undefined ? undefined : expand(value, 0).trim();
    },
  };
}

/** `${env.NAME-default}` and `${env.NAME:-default}`, as Hadoop 3 reads them. */
function envValue(text: string, env: ConfigurationSources['env']): string | undefined {
  const [, name = '', colon, fallback] = /^(\w+)(?:(:?)-(.*))?$/.exec(text) ?? [];
  const value = env[name];
  return value === undefined || (colon === ':' && value === '') ? fallback : value;
}

interface Property { readonly name: string; readonly value: string; readonly isFinal: boolean }

/** The properties of one file. Hadoop's own files begin with a style sheet for browsers and a licence, which say nothing here. */
export function parseProperties(xml: string, path: string): readonly Property[] {
  const text = xml.replace(/<\?xml-stylesheet[^>]*\?>|<!--[^]*?-->/g, '');
  if (text.trim() === '') return [];
  const found: Property[] = [];
  let fields = new Map<string, string>();
  try {
    scanXml(text, {
      open: (name) => { if (name === 'property') fields = new Map(); },
      leaf: (name, raw) => { fields.set(name, decodeText(raw)); },
      close: (name) => {
        const [key, value] = [fields.get('name')?.trim(), fields.get('value')];
        if (name === 'property' && key !== undefined && value !== undefined) found.push({ name: key, value, isFinal: fields.get('final')?.trim() === 'true' });
      },
    });
  } catch (cause) {
    if (!hasCode(cause, 'CORRUPT')) throw cause;
    throw new TowlineError('INVALID_CONFIG', `'${path}' cannot be read: ${cause.message.replace(/^.*?: /, '')}`, { cause, hint: 'Files are read without document types, included files and CDATA sections.', context: { path } });
  }
  return found;
}

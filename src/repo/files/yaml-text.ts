import { TowlineError } from '../../errors.ts';
import { documentValue, parseYamlDocument } from './yaml-document.ts';
import { parsePlainYaml } from './yaml-plain.ts';
import type { YamlValue } from './yaml-value.ts';

/** The data in a YAML text; throws CORRUPT with line and column for text that is no YAML. An empty text is `null`. */
export function parseYaml(text: string, file: string): YamlValue {
  return parsePlainYaml(text) ?? documentValue(parseYamlDocument(text, file));
}

/** Bytes of a file as text; throws CORRUPT when they are not UTF-8. */
export function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new TowlineError('CORRUPT', `'./${file}' is not valid utf-8`, { cause, hint: `Save '${file}' as UTF-8.`, context: { file } });
  }
}

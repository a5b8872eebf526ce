import { TowlineError } from '../../errors.ts';
import { parseYaml } from '../files/yaml-text.ts';
import { isYamlMap } from '../files/yaml-value.ts';
import type { YamlMap, YamlValue } from '../files/yaml-value.ts';

type Parse = (text: string, file: string) => YamlValue;

/** By what the name of a file ends with; anything else is YAML (dvc/utils/serialize). JSON is read as the YAML it is, so that 1.0 stays a float. */
const LANGUAGES: Readonly<Record<string, () => Promise<Parse>>> = {
  toml: async () => (await import('./toml-params.ts')).parseToml,
  py: async () => (await import('./python-params.ts')).parsePython,
};

/** The data of a parameter file in YAML, JSON, TOML or Python. Throws CORRUPT for what is not of that language, is no dictionary, or is nested too deeply. */
export async function parseParams(text: string, file: string): Promise<YamlMap> {
  const suffix = /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  const parse = (await LANGUAGES[suffix]?.()) ?? parseYaml;
  const data = attempt(parse, { text, file });
  if (data === null) return new Map();
  if (isYamlMap(data)) return data;
  throw new TowlineError('CORRUPT', `expected a dictionary in file '${file}'`, { context: { file } });
}

/** A file that is nested deeper than the stack is a fault of the file. */
function attempt(parse: Parse, { text, file }: { readonly text: string; readonly file: string }): YamlValue {
  try {
    return parse(text, file);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TowlineError('CORRUPT', `'${file}' is nested too deeply`, { cause: error, context: { file } });
  }
}

import { readText } from '../../disk/read.ts';
import type { Runtime } from '../../runtime.ts';
import { hoconError } from '../hocon/cursor.ts';
import { type Document, parseDocument } from '../hocon/parse-hocon.ts';
import { isTree, mergeTrees, type Place, type Tree, type Value } from '../hocon/syntax.ts';
import { type ConfigFile, configFiles, type FileChoice } from './config-files.ts';
import { DEFAULTS } from './defaults.ts';
import { createOrigins, type Origins } from './origins.ts';
import { variable } from './variables.ts';

/** Everything the files say, defaults filled in. Numbers are texts, as they are written: a key of digits keeps its zeros. */
export interface ClearmlConfig {
  readonly tree: Tree;
  readonly origins: Origins;
  /** The files that were there. */
  readonly files: readonly string[];
  /** The environment of the process, with that of the section `environment` where it is to be applied. */
  readonly env: Runtime['env'];
  readonly home: string;
}
export type ConfigLent = Pick<Runtime, 'env' | 'home' | 'warn'>;

/** Parts that ClearML's documentation prints without the `sdk { }` they belong into. */
const PARTS_OF_SDK = ['aws', 'azure', 'google', 'storage', 'network'];

/** Reads and merges the configuration. A file that is not there is an empty one; one that cannot be read is INVALID_CONFIG with its line. */
export function loadClearmlConfig(choice: FileChoice, lent: ConfigLent): ClearmlConfig {
  const origins = createOrigins();
  const files: string[] = [];
  let tree: Tree = {};
  for (const file of configFiles(choice, lent)) {
    const document = readFile(file, lent);
    if (document === undefined) continue;
    files.push(file.path);
    origins.add(document.written, file.key);
    tree = mergeTrees(tree, file.key.reduceRight<Tree>((inner, key) => ({ [key]: inner }), document.tree));
  }
  const merged = mergeTrees(DEFAULTS, withSdk(tree, origins, lent));
  return { tree: merged, origins, files, env: environment(merged, lent.env), home: lent.home };
}

/** The configuration that a text alone makes, for those who have no file. */
export function parseClearmlConfig(text: string, lent: ConfigLent, file = 'clearml.conf'): ClearmlConfig {
  const origins = createOrigins();
  const document = treeOf(parseDocument(text, { file, env: lent.env, keepsDigits: true, warn: warning(lent) }));
  origins.add(document.written, []);
  const tree = mergeTrees(DEFAULTS, withSdk(document.tree, origins, lent));
  return { tree, origins, files: [file], env: environment(tree, lent.env), home: lent.home };
}

function readFile({ path }: ConfigFile, lent: ConfigLent): TreeDocument | undefined {
  const text = readText(path);
  return text === undefined ? undefined : treeOf(parseDocument(text, { file: path, env: lent.env, keepsDigits: true, warn: warning(lent) }));
}

const warning = ({ warn }: ConfigLent) => (text: string): void => { warn({ code: 'CLEARML_CONFIG', text }); };

interface TreeDocument extends Document { readonly tree: Tree }

function treeOf(document: Document): TreeDocument {
  if (!isTree(document.value)) throw hoconError(document.written.place, 'a configuration is an object, not a list');
  return { ...document, tree: document.value };
}

/** ClearML passes over such parts without a word; whoever copied them from its pages means them. */
function withSdk(tree: Tree, origins: Origins, { warn }: ConfigLent): Tree {
  const sdk = isTree(tree['sdk']) ? tree['sdk'] : {};
  const lone = PARTS_OF_SDK.filter((part) => isTree(tree[part]) && !(part in sdk));
  if (lone.length === 0) return tree;
  const place = origins.of([lone[0] ?? '']);
  warn({ code: 'CLEARML_CONFIG', text: `${lone.map((part) => `'${part}'`).join(', ')} ${lone.length === 1 ? 'stands' : 'stand'} outside of 'sdk { }'${place === undefined ? '' : ` (${place.file}:${place.line})`}: taken as if within; ClearML itself would pass over it` });
  for (const part of lone) origins.move([part], ['sdk', part]);
  return mergeTrees(tree, { sdk: Object.fromEntries(lone.map((part) => [part, tree[part] ?? null])) });
}

function environment(tree: Tree, env: Runtime['env']): Runtime['env'] {
  const isWanted = /^(?:1|true|yes|on)$/i.test(variable(env, 'ENABLE_ENV_CONFIG_SECTION')?.value ?? '') || find(tree, 'sdk.apply_environment') === true;
  const section = tree['environment'];
  if (!isWanted || !isTree(section)) return env;
  return { ...env, ...Object.fromEntries(Object.entries(section).flatMap(([name, value]) => (typeof value === 'string' || typeof value === 'boolean' ? [[name, String(value)]] : []))) };
}

/** The value at a path of plain keys: `sdk.aws.s3`. */
export function find(tree: Tree, path: string): Value | undefined {
  let value: Value = tree;
  for (const key of path.split('.')) {
    if (!isTree(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key] ?? null;
  }
  return value;
}

/** Where a value stands, for messages: 'clearml.conf:12', or the default. */
export function placeOf({ origins }: Pick<ClearmlConfig, 'origins'>, path: readonly string[]): Place {
  return origins.of(path) ?? { file: "ClearML's default", line: 0, column: 0 };
}

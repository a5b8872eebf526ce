import type { Node } from 'yaml';
import { TowlineError } from '../../errors.ts';
import { anyList, anyMap, anything, checksum, either, equals, fields, flag, integer, listOf, mapOf, orNothing, text } from './schema-rules.ts';
import type { Rule, SchemaFault, SchemaPath } from './schema-rules.ts';
import { parseYamlDocument, yamlLibrary } from './yaml-document.ts';
import type { YamlDocument } from './yaml-document.ts';
import { isYamlMap } from './yaml-value.ts';
import type { YamlValue } from './yaml-value.ts';

const hashes = { md5: checksum, checksum, etag: checksum };
const meta = { size: integer, nfiles: integer, isexec: flag, version_id: text };
const cloud = mapOf(fields({ ...hashes, ...meta }), 1);
const annotations = { desc: text, type: text, labels: listOf(text), meta: anything };
const entry = { ...hashes, ...meta, path: text, persist: flag, cloud, hash: text };
const files = listOf(fields({ ...hashes, ...meta, 'relpath!': text, cloud }));
const settings = either(text, anyMap);

// DVC lets `path` be absent from the schema and then fails with "unexpected error - 'path'".
const output = fields({ ...entry, ...annotations, 'path!': text, cache: flag, remote: text, push: flag, files, fs_config: anyMap });
const repo = fields({ 'url!': text, rev: text, rev_lock: text, config: settings, remote: settings });
const db = fields({ query: text, connection: text, file_format: text, table: text });
const dependency = fields({ ...entry, repo, db, files, fs_config: anyMap });

const dvcFile = fields({
  md5: checksum, wdir: orNothing(text), deps: orNothing(listOf(dependency)), outs: orNothing(listOf(output)),
  locked: flag, frozen: flag, meta: anything, always_changed: flag, desc: text,
});

const locked = listOf(fields({ ...hashes, ...meta, 'path!': text, cloud, files, hash: text, dataset: anyMap }));
const lockedStage = fields({ 'cmd!': either(text, anyList), deps: locked, params: mapOf(mapOf(anything)), outs: locked });
const lockFile = fields({ 'schema!': equals('2.0', 'invalid schema version'), datasets: anything, stages: mapOf(lockedStage) });

const details = { ...annotations, cache: flag, persist: flag, checkpoint: flag, remote: text, push: flag };
const plotDetails = fields({ ...details, template: text, x: text, y: text, x_label: text, y_label: text, title: text, header: flag });
const outputs = listOf(either(text, mapOf(fields(details))));
const vars = listOf(either(text, anyMap));
const stageBody = fields({
  matrix: mapOf(either(text, anyList)), 'cmd!': either(text, anyList), wdir: text, deps: listOf(text), params: listOf(either(text, anyMap)), vars,
  frozen: flag, meta: anything, desc: text, always_changed: flag, outs: outputs, metrics: outputs, plots: listOf(either(text, mapOf(either(plotDetails, listOf(plotDetails))))),
});
const eachStage = fields({ 'foreach!': either(anyMap, anyList, text), 'do!': stageBody });
const stage: Rule = (value, path) => (isYamlMap(value) && (value.has('foreach') || value.has('do')) ? eachStage : stageBody)(value, path);
const plot = fields({ x: either(text, mapOf(text)), y: either(text, listOf(text), mapOf(either(text, listOf(text)))), x_label: text, y_label: text, title: text, template: text });
const projectFile = fields({
  datasets: anything, plots: listOf(either(text, mapOf(orNothing(plot)))), stages: mapOf(stage), vars,
  params: listOf(text), metrics: listOf(text), artifacts: mapOf(fields({ 'path!': text, ...annotations })),
});

const SCHEMAS = { 'dvc-file': dvcFile, 'dvc-lock': lockFile, 'dvc-yaml': projectFile } as const;
export type SchemaName = keyof typeof SCHEMAS;

/** Checks the data of a file against DVC's schema; throws CORRUPT with all that is wrong, in DVC's words and with the lines. */
export function validate(value: YamlValue, schema: SchemaName, source: { readonly text: string; readonly file: string }): void {
  const faults = SCHEMAS[schema](value, []);
  const first = faults[0];
  if (first === undefined) return;
  const document = parseYamlDocument(source.text, source.file);
  const count = faults.length > 1 ? `: ${faults.length} errors` : '';
  const shown = faults.slice(0, MOST_SHOWN).map((fault) => describe(fault, document));
  const more = faults.length > MOST_SHOWN ? [`... and ${faults.length - MOST_SHOWN} more`] : [];
  throw new TowlineError('CORRUPT', [`'./${source.file}' validation failed${count}.`, '', [...shown, ...more].join('\n\n')].join('\n'), {
    hint: `DVC refuses the whole repository for this too: correct '${source.file}', or take it back from Git.`,
    context: { file: source.file, ...locate(document, first.path) },
  });
}

const MOST_SHOWN = 10;

function describe({ message, path }: SchemaFault, document: YamlDocument): string {
  const place = locate(document, path);
  const where = path.length === 0 ? '' : `, in ${path.join(' -> ')}`;
  return `${message}${where}, line ${place.line}, column ${place.column}\n${excerpt(document.text, place.line)}`;
}

/** The nearest collection around the fault, as DVC points at it; for a key of the file itself the key. */
function locate(document: YamlDocument, path: SchemaPath): { readonly line: number; readonly column: number } {
  const { isMap, isSeq } = yamlLibrary();
  let node: Node | null | undefined = document.root;
  let start = keyOf(node, path[0])?.range?.[0] ?? node?.range?.[0] ?? 0;
  for (const step of path) {
    node = isMap(node) || isSeq(node) ? (node.get(step, true) as Node | undefined) : undefined;
    if ((isMap(node) || isSeq(node)) && node.range !== undefined && node.range !== null) start = node.range[0];
  }
  const { line, col } = document.lines.linePos(start);
  return { line, column: col };
}

function keyOf(node: Node | null, name: string | number | undefined): Node | undefined {
  const { isMap, isScalar } = yamlLibrary();
  if (!isMap(node)) return undefined;
  return node.items.map(({ key }) => key).find((key): key is Node => isScalar(key) && String(key.value) === String(name)) as Node | undefined;
}

/** The line with one before and one behind it, numbered. */
function excerpt(source: string, line: number): string {
  const lines = source.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const width = String(lines.length).length;
  const shown = lines.slice(Math.max(0, line - 2), line + 1);
  return shown.map((content, index) => `  ${String(Math.max(1, line - 1) + index).padStart(width)} ${content}`.trimEnd()).join('\n');
}

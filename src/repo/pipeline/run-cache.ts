import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { supports } from '../../storage/driver.ts';
import { parsePath } from '../../storage/path.ts';
import type { Storage } from '../../storage/storage.ts';
import { transfer } from '../../storage/transfer/transfer.ts';
import type { Selected } from '../collect/targets.ts';
import { readContent, textAt } from '../files/entry.ts';
import { decodeText, parseYaml } from '../files/yaml-text.ts';
import { isYamlList, isYamlMap } from '../files/yaml-value.ts';
import { newOutput, newStage } from '../new-stage.ts';

/** The history of runs: 'runs/<2>/<key>/<value>', small YAML files that say what a stage made of what (dvc.md 3.7). */
const RUNS = parsePath('runs');
/** An entry is as large as one stage of a lock: some kilobytes. */
const LARGEST_RUN = 16 * 2 ** 20;

/** Copies the runs that `target` lacks. Gives back how many; throws the first failure. */
export async function copyRuns(source: Storage, target: Storage, call: CallOptions = {}): Promise<number> {
  for (const storage of [source, target]) {
    if (!supports(storage.driver, 'list')) throw new TowlineError('UNSUPPORTED', `run-cache is not supported for ${storage.driver.displayUrl}: it cannot be listed`);
  }
  const held = new Set<string>();
  for await (const entries of target.walk(RUNS, call)) for (const { path } of entries) held.add(path);
  let copied = 0;
  for await (const { error } of transfer(target, lacking(source, held, call), call)) {
    if (error) throw error;
    copied++;
  }
  return copied;
}

async function* lacking(source: Storage, held: ReadonlySet<string>, call: CallOptions): AsyncIterable<{ readonly source: ReturnType<Storage['source']>; readonly to: typeof RUNS }> {
  for await (const entries of source.walk(RUNS, call)) for (const entry of entries) if (!held.has(entry.path)) yield { source: source.source(entry), to: entry.path };
}

/** What the runs made, as if it were tracked: their objects go where the runs go. */
export async function runOutputs(cache: Storage, call: CallOptions = {}): Promise<readonly Selected[]> {
  const selected: Selected[] = [];
  for await (const entries of cache.walk(RUNS, call)) {
    for (const { path } of entries) selected.push(...outputsOf(await cache.readBytes(path, { ...call, limit: LARGEST_RUN }), path));
  }
  return selected;
}

function outputsOf(bytes: Uint8Array, file: string): readonly Selected[] {
  const run = parseYaml(decodeText(bytes, file), file);
  const entries = isYamlMap(run) ? run.get('outs') : undefined;
  return (isYamlList(entries) ? entries : []).filter(isYamlMap).flatMap((entry) => {
    const { hash, meta } = readContent(entry, { file });
    const output = newOutput(textAt(entry, 'path') ?? file, { meta, ...(hash && { hash }) });
    return hash ? [{ stage: newStage(output), output, inner: '' }] : [];
  });
}

import type { CallOptions } from '../../storage/call.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Selected } from '../collect/targets.ts';
import { readContent, textAt } from '../files/entry.ts';
import { decodeText, parseYaml } from '../files/yaml-text.ts';
import { isYamlList, isYamlMap } from '../files/yaml-value.ts';
import { newOutput, newStage } from '../new-stage.ts';
import { RUNS, type Runs } from './runs.ts';

/** An entry is as large as one stage of a lock: some kilobytes. */
const LARGEST_RUN = 16 * 2 ** 20;

/** Copies the runs that `target` lacks, small YAML files that say what a stage made of what. Gives back how many; throws the first failure. */
export async function copyRuns(source: Runs, target: Runs, call: CallOptions = {}): Promise<number> {
  return await target.add(source.lacking(await target.held(call), call), call);
}

/** How many runs a copy would bring, and how large they are. */
export async function countRuns(source: Runs, target: Runs, call: CallOptions = {}): Promise<{ readonly pushed: number; readonly bytes: number }> {
  let [pushed, bytes] = [0, 0];
  for await (const runs of source.lacking(await target.held(call), call)) {
    pushed += runs.length;
    for (const run of runs) bytes += run.source.size ?? 0;
  }
  return { pushed, bytes };
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

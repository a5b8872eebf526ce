import { createHash } from 'node:crypto';
import { parsePath, type Path } from '../../storage/path.ts';
import type { CallOptions } from '../../storage/call.ts';
import { fromBytes } from '../../storage/source.ts';
import { pythonJson } from '../files/python-json.ts';
import { emitYaml } from '../files/yaml-emit.ts';
import { isYamlList, isYamlMap, type YamlMap, type YamlValue } from '../files/yaml-value.ts';
import type { Repo } from '../repo.ts';
import type { Stage } from '../stage.ts';
import { storedRuns } from './runs.ts';

/** Whether DVC would find this run again by what it was made from: only then it is kept. */
export function isRepeatable({ command, dependencies, outputs, alwaysChanged }: Stage): boolean {
  if (alwaysChanged || command === undefined || dependencies.length === 0 || outputs.length === 0) return false;
  return dependencies.every(({ kind }) => kind === 'path' || kind === 'params') && outputs.every(({ place, persist }) => place === 'repository' && !persist);
}

/** Keeps what a stage made of what in the history of runs, where a later `dvc repro` finds it: the stage as in `dvc.lock`. */
export async function saveRun(repo: Repo, locked: YamlMap, call: CallOptions = {}): Promise<void> {
  const path = runPathOf(locked);
  if (await repo.cache.storage.find(path, call)) return;
  await storedRuns(repo.cache.storage).add(one([{ path, source: fromBytes(Buffer.from(emitYaml(locked))) }]), call);
}

/** Where a run lies: under a hash of what it was made from, and one of all of it. */
export function runPathOf(locked: YamlMap): Path {
  const outs = (value: YamlValue): YamlValue => (isYamlList(value) ? value.map((out) => (isYamlMap(out) ? out.get('path') ?? null : out)) : value);
  const key = hashOf(new Map([...locked].map(([name, value]) => [name, name === 'outs' ? outs(value) : value])));
  return parsePath(`runs/${key.slice(0, 2)}/${key}/${hashOf(locked)}`);
}

async function* one<T>(item: T): AsyncIterable<T> {
  yield item;
}

const hashOf = (value: YamlValue): string => createHash('sha256').update(pythonJson(withoutSizes(value))).digest('hex');

function withoutSizes(value: YamlValue): YamlValue {
  if (isYamlList(value)) return value.map(withoutSizes);
  return isYamlMap(value) ? new Map([...value].filter(([key]) => key !== 'size' && key !== 'nfiles').map(([key, member]) => [key, withoutSizes(member)])) : value;
}

import { TowlineError } from '../../errors.ts';
import { compareCodePoints } from '../../disk/names.ts';
import type { CallOptions } from '../../storage/call.ts';
import { type Observed, observe } from '../collect/observe.ts';
import { dumpLocked } from '../files/dvc-lock.ts';
import { textAt } from '../files/entry.ts';
import { joinInside } from '../files/place.ts';
import { toYaml, type YamlMap, type YamlValue } from '../files/yaml-value.ts';
import { newOutput } from '../new-stage.ts';
import type { Repo } from '../repo.ts';
import { type Content, type Dependency, type Output, type PathDependency, type Stage, stageAddress } from '../stage.ts';
import { currentParams } from './changed-params.ts';

/** A stage of a pipeline as `dvc.lock` is to have it now: what it is made from is looked at, what it makes is `outputs`. As DVC writes it, to the order of keys. */
export async function lockStage(repo: Repo, stage: Stage, { outputs, ...call }: CallOptions & { readonly outputs: readonly Output[] }): Promise<YamlMap> {
  const dependencies = await dependencyEntries(repo, stage, call);
  const params = await paramsOf(repo, stage);
  const members: readonly (readonly [string, YamlValue, boolean])[] = [
    ['cmd', toYaml(stage.command ?? null), true],
    ['deps', sorted(dependencies), dependencies.length > 0],
    ['params', params, params.size > 0],
    ['outs', sorted(outputs.map((one) => [one.written, dumpLocked(one.written, one)] as const)), outputs.length > 0],
  ];
  return new Map(members.flatMap(([key, value, isThere]) => (isThere ? [[key, value] as const] : [])));
}

const sorted = (entries: readonly (readonly [string, YamlMap])[]): YamlValue => [...entries].sort(([a], [b]) => compareCodePoints(a, b)).map(([, entry]) => entry);

async function dependencyEntries(repo: Repo, stage: Stage, call: CallOptions): Promise<readonly (readonly [string, YamlMap])[]> {
  const files = stage.dependencies.filter((one): one is PathDependency => one.kind === 'path' && one.place === 'repository');
  const foreign = stage.dependencies.find((one) => one.kind === 'url' || one.kind === 'repo' || (one.kind === 'path' && one.place !== 'repository'));
  if (foreign) throw new TowlineError('UNSUPPORTED', `'${stageAddress(stage)}' reads what lies outside of the repository`, { hint: `Run 'dvc commit ${stageAddress(stage)}'.` });
  const contents = await currentContents(repo, files, call);
  const others = stage.dependencies.flatMap((one): (readonly [string, YamlMap])[] => (one.kind === 'other' ? [[textAt(one.data, 'path') ?? '', one.data]] : []));
  return [...files.map((one) => [one.written, dumpLocked(one.written, contents.get(one) ?? one)] as const), ...others];
}

/** What DVC 2 recorded and has not changed since keeps its hash. */
async function currentContents(repo: Repo, files: readonly PathDependency[], call: CallOptions): Promise<ReadonlyMap<PathDependency, Content>> {
  const contents = new Map<PathDependency, Content>();
  const look = async (some: readonly PathDependency[], hashName?: 'md5'): Promise<void> => {
    const outputs = some.map((one) => ({ ...newOutput(one.path, { meta: {} }), hashName: hashName ?? one.hashName }));
    const observed = await observe(repo, outputs, call);
    for (const [at, output] of outputs.entries()) {
      const [one, now] = [some[at], observed.get(output)];
      if (!one || !now) continue;
      if (now.kind === 'absent') throw new TowlineError('NOT_FOUND', `dependency '${one.path}' does not exist`);
      if (now.oid === one.hash?.value) contents.set(one, { hashName: output.hashName, hash: one.hash, meta: metaOf(now) });
      else if (output.hashName === 'md5') contents.set(one, { hashName: 'md5', hash: { name: 'md5', value: now.oid }, meta: metaOf(now) });
    }
  };
  await look(files);
  await look(files.filter((one) => !contents.has(one)), 'md5');
  return contents;
}

const metaOf = (now: Exclude<Observed, { kind: 'absent' }>): Content['meta'] => (now.kind === 'file' ? { size: now.size, ...(now.isexec && { isexec: true as const }) } : { size: now.size, nfiles: now.rows.names.length });

/** Values by file and key: `params.yaml` first, then by their names. */
async function paramsOf(repo: Repo, stage: Stage): Promise<YamlMap> {
  const all = stage.dependencies.filter((one): one is Extract<Dependency, { kind: 'params' }> => one.kind === 'params');
  const rank = (path: string): number => (path === 'params.yaml' ? 0 : 1);
  const ordered = [...all].sort((a, b) => rank(a.path) - rank(b.path) || compareCodePoints(a.path, b.path));
  const values = new Map<string, YamlValue>();
  for (const one of ordered) values.set(one.path, await currentParams(repo.workspace, { ...one, path: joinInside(stage.workingFolder, one.path) ?? one.path }));
  return values;
}

import { TowlineError } from '../../errors.ts';
import type { Lock } from '../files/dvc-lock.ts';
import type { Project } from '../files/dvc-yaml.ts';
import { textAt } from '../files/entry.ts';
import { readLockedStage, readPipelineStage } from '../files/pipeline-stage.ts';
import { folderOf, joinInside } from '../files/place.ts';
import { isYamlList, isYamlMap } from '../files/yaml-value.ts';
import type { YamlMap } from '../files/yaml-value.ts';
import type { Stage } from '../stage.ts';
import { expandStage } from './expand.ts';
import type { Expanded } from './expand.ts';
import { asText, interpolate } from './interpolate.ts';
import type { ParsingOptions } from './interpolate.ts';
import { withVars } from './params.ts';
import type { ReadText } from './params.ts';

export interface ResolveOptions extends ParsingOptions {
  readonly read: ReadText;
  readonly lock: Lock | undefined;
}

/** The stages of a `dvc.yaml`, and what could not be resolved although nothing in the lock stands for it. */
export interface Resolved {
  readonly stages: readonly Stage[];
  readonly faults: readonly TowlineError[];
}

/**
 * Resolves the templates of a project. A stage that cannot be resolved (a parameter file that cannot be read, a name that is
 * not there) is taken from the lock, which has what its outputs were when it ran; without an entry there it is a fault.
 */
export async function resolveProject(project: Project, options: ResolveOptions): Promise<Resolved> {
  const folder = folderOf(project.file);
  const stages: Stage[] = [];
  const faults: TowlineError[] = [];
  const context = await attempt(() => withVars(new Map(), project.vars, { read: options.read, folder, defaultFile: 'params.yaml' }));
  for (const [name, value] of project.stages) {
    const definition = isYamlMap(value) ? value : new Map();
    const made = context instanceof TowlineError ? context : await attempt(() => resolveStage(name, definition, { ...options, project, context }));
    if (!(made instanceof TowlineError)) {
      stages.push(...made);
      continue;
    }
    const known = fromLock(name, definition, { project, lock: options.lock });
    stages.push(...known);
    if (known.length === 0) faults.push(new TowlineError('CORRUPT', `failed to parse stage '${name}' in '${project.file}': ${made.message}`, { cause: made, context: { file: project.file, stage: name } }));
  }
  return { stages, faults };
}

interface StageOptions extends ResolveOptions {
  readonly project: Project;
  readonly context: YamlMap;
}

async function resolveStage(name: string, definition: YamlMap, options: StageOptions): Promise<readonly Stage[]> {
  const stages: Stage[] = [];
  for (const expanded of expandStage(name, definition, options.context)) {
    const data = await resolveOne(expanded, options);
    stages.push(readPipelineStage(data, { file: options.project.file, name: expanded.name, locked: options.lock?.stages.get(expanded.name) }));
  }
  return stages;
}

async function resolveOne({ template, added }: Expanded, options: StageOptions): Promise<YamlMap> {
  const base: YamlMap = new Map([...options.context, ...added]);
  const wdir = asText(interpolate(textAt(template, 'wdir') ?? '.', { context: base }));
  const folder = joinInside(folderOf(options.project.file), wdir) ?? '';
  const vars = template.get('vars');
  const context = isYamlList(vars) ? await withVars(base, vars, { read: options.read, folder }) : base;
  const members = [...template].filter(([key]) => key !== 'vars');
  return new Map(members.map(([key, value]) => [key, interpolate(value, { ...options, context, ...(key === 'cmd' && { collections: 'command' as const }) })]));
}

/** The entries of the lock that belong to a definition: of its name, or `name@...` when it stands for several. */
function fromLock(name: string, definition: YamlMap, { project, lock }: { readonly project: Project; readonly lock: Lock | undefined }): readonly Stage[] {
  const many = definition.has('foreach') || definition.has('matrix');
  const entries = [...(lock?.stages ?? [])].filter(([key]) => (many ? key.startsWith(`${name}@`) : key === name));
  return entries.map(([key, locked]) => readLockedStage({ file: project.file, name: key, locked }, definition));
}

async function attempt<T>(act: () => Promise<T>): Promise<T | TowlineError> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof TowlineError && ['INVALID_CONFIG', 'CORRUPT', 'NOT_FOUND', 'UNSUPPORTED'].includes(error.code)) return error;
    throw error;
  }
}

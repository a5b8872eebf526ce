import { TowlineError } from '../../errors.ts';
import { parseDvcFile } from '../files/dvc-file.ts';
import { parseDvcLock } from '../files/dvc-lock.ts';
import type { Lock } from '../files/dvc-lock.ts';
import { parseDvcYaml } from '../files/dvc-yaml.ts';
import type { Project } from '../files/dvc-yaml.ts';
import { lockOf } from '../files/pipeline-stage.ts';
import { decodeText } from '../files/yaml-text.ts';
import type { Revision } from '../revision.ts';
import type { Stage } from '../stage.ts';

/** The stages of a revision, and each file that could not be read. */
export interface Collected {
  readonly stages: readonly Stage[];
  readonly faults: readonly TowlineError[];
}

/** All stages of a revision; throws, naming every faulty file at once, when there is one. */
export async function collectStages(revision: Revision): Promise<readonly Stage[]> {
  const { stages, faults } = await collect(revision);
  const [first] = faults;
  if (first === undefined) return stages;
  if (faults.length === 1) throw first;
  throw new TowlineError(first.code, faults.map(({ message }) => message).join('\n\n'), {
    cause: new AggregateError(faults),
    context: { ...first.context, faults: faults.length },
    ...(first.hint !== undefined && { hint: first.hint }),
  });
}

/** All stages that can be read, and what is wrong with the other files. Tracked directories are not looked into. */
export async function collect(revision: Revision): Promise<Collected> {
  const stages: Stage[] = [];
  const faults: TowlineError[] = [];
  const outputs = new Set<string>();
  for await (const { path: folder, files } of revision.walk((path) => !outputs.has(path), isStageFile)) {
    const paths = files.filter(isStageFile).map((name) => (folder === '' ? name : `${folder}/${name}`));
    for (const found of await Promise.all(paths.map((path) => readFile(revision, path)))) {
      faults.push(...found.faults);
      for (const stage of found.stages) {
        stages.push(stage);
        for (const { path, place } of stage.outputs) if (place === 'repository') outputs.add(path);
      }
    }
  }
  return { stages, faults };
}

/** The stages of one `.dvc` file or `dvc.yaml`; an absent file has none. */
export async function collectFile(revision: Revision, path: string): Promise<readonly Stage[]> {
  const { stages, faults } = await readFile(revision, path);
  if (faults[0] !== undefined) throw faults[0];
  return stages;
}

/** True for the name of a file that holds stages. */
export function isStageFile(path: string): boolean {
  return (path.endsWith('.dvc') && path !== '.dvc' && !path.endsWith('/.dvc')) || path === 'dvc.yaml' || path.endsWith('/dvc.yaml');
}

async function readFile(revision: Revision, path: string): Promise<Collected> {
  try {
    if (path.endsWith('.dvc')) {
      const stage = await revision.parsed(path, readDvcFile);
      return { stages: stage === undefined ? [] : [stage], faults: [] };
    }
    const project = await revision.parsed(path, readProject);
    const lock = await revision.parsed(lockOf(path), readLock);
    const resolved = project === undefined ? { stages: [], faults: [] } : await (await import('../pipeline/resolve.ts')).resolveProject(project, { lock, read: (file) => revision.parsed(file, decodeText) });
    return { stages: resolved.stages, faults: resolved.faults.map((fault) => placed(fault, revision)) };
  } catch (error) {
    if (!(error instanceof TowlineError) || !['CORRUPT', 'INVALID_CONFIG', 'UNSUPPORTED'].includes(error.code)) throw error;
    return { stages: [], faults: [placed(error, revision)] };
  }
}

function readDvcFile(bytes: Uint8Array, path: string): Stage {
  return parseDvcFile(decodeText(bytes, path), path);
}
function readProject(bytes: Uint8Array, path: string): Project {
  return parseDvcYaml(decodeText(bytes, path), path);
}
function readLock(bytes: Uint8Array, path: string): Lock {
  return parseDvcLock(decodeText(bytes, path), path);
}

/** A fault in a commit says in which. */
function placed(fault: TowlineError, { name }: Revision): TowlineError {
  if (name === 'workspace') return fault;
  return new TowlineError(fault.code, `in revision '${name}': ${fault.message}`, { cause: fault, context: { ...fault.context, revision: name }, ...(fault.hint !== undefined && { hint: fault.hint }) });
}

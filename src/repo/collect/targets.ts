import { exists, statFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { joinInside } from '../files/place.ts';
import type { Output, Stage } from '../stage.ts';
import { withDependencies } from './dependencies.ts';
import { expandGlob } from './glob.ts';
import { checkOverlaps } from './overlaps.ts';
import { isStageFile } from './stages.ts';

/** An output that was asked for, or a part of it. */
export interface Selected {
  readonly stage: Stage;
  readonly output: Output;
  /** The part of a tracked directory: a path inside it; '' is all of it. */
  readonly inner: string;
}

export interface TargetOptions {
  /** The root of the repository, absolute. */
  readonly root: string;
  /** What targets are relative to, absolute. */
  readonly cwd: string;
  /** A folder stands for all stages in it. */
  readonly recursive?: boolean;
  /** Also the stages that make what a stage reads. */
  readonly withDeps?: boolean;
  /** Targets are patterns. */
  readonly glob?: boolean;
}

/**
 * The outputs that `targets` stand for; without targets all. A target is a `.dvc` file, a stage (`train`, `sub/dvc.yaml:train`, the name
 * of a `foreach`), an output or a path inside one. Throws NOT_FOUND, in DVC's words, for one that is none of these.
 */
export function matchTargets(stages: readonly Stage[], targets: readonly string[], options: TargetOptions): readonly Selected[] {
  return matchWithStages(stages, targets, options).selected;
}

/** The same, and every stage they belong to; also one that has no outputs. */
export function matchWithStages(stages: readonly Stage[], targets: readonly string[], options: TargetOptions): { readonly selected: readonly Selected[]; readonly stages: readonly Stage[] } {
  if (targets.length === 0) return { selected: stages.flatMap(whole), stages };
  const matcher = new Matcher(stages, options);
  const wanted = options.glob === true ? matcher.expand(targets) : targets;
  const selected = unique(wanted.flatMap((target) => matcher.match(target)));
  return { selected, stages: [...matcher.met] };
}

/** The stages that `targets` name: `.dvc` files and stages, no outputs. Throws NOT_FOUND, in DVC's words, for one that is neither. */
export function matchStages(stages: readonly Stage[], targets: readonly string[], options: TargetOptions): readonly Stage[] {
  const matcher = new Matcher(stages, options);
  return [...new Set(targets.flatMap((target) => matcher.stagesOf(target)))];
}

/** A target taken apart: `file:name`, where one of the two may be missing. */
interface Parsed {
  readonly file: string | undefined;
  readonly name: string | undefined;
}

class Matcher {
  readonly #stages: readonly Stage[];
  readonly #options: TargetOptions;
  /** The current folder, relative to the root; undefined when it lies outside. */
  readonly #folder: string | undefined;
  #checked = false;
  /** The stages that were asked for. */
  readonly met = new Set<Stage>();

  constructor(stages: readonly Stage[], options: TargetOptions) {
    this.#stages = stages;
    this.#options = options;
    this.#folder = insideRoot(options.cwd, options.root);
  }

  match(target: string): readonly Selected[] {
    const { file, name } = parseTarget(target);
    const path = this.#path(target);
    const isFolder = this.#options.recursive === true && path !== undefined && this.#isFolder(path);
    if (file === undefined && !isFolder) {
      const named = this.#named(this.#path('dvc.yaml'), name ?? target);
      if (named.length > 0) return this.#follow(named);
    } else if (file !== undefined && isStageFile(file)) return this.#follow(this.#inFile(file, name));
    const outputs = this.#outputs(path, target);
    const inside = isFolder ? this.#stages.filter((stage) => stage.file.startsWith(path === '' ? '' : `${path}/`)) : [];
    for (const { stage } of outputs) this.met.add(stage);
    if (outputs.length > 0 || isFolder) return [...outputs, ...this.#around(new Set(outputs.map(({ stage }) => stage)), inside)];
    throw this.#unknown(target, file, name);
  }

  /** What else is asked for with outputs that are named by their path: stages in the folder, and what is needed to make all of it. */
  #around(named: ReadonlySet<Stage>, inside: readonly Stage[]): readonly Selected[] {
    const all = this.#options.withDeps === true ? withDependencies([...named, ...inside], this.#stages) : inside;
    return all.filter((stage) => !named.has(stage)).flatMap((stage) => this.#whole(stage));
  }

  stagesOf(target: string): readonly Stage[] {
    const { file, name } = parseTarget(target);
    return this.#inFile(file ?? 'dvc.yaml', name);
  }

  /** Patterns stand for files that are there and for outputs that may not be; those that nothing is known of are left out. */
  expand(patterns: readonly string[]): readonly string[] {
    const known = this.#stages.flatMap((stage) => [...(stage.name === undefined ? [stage.file] : []), ...stage.outputs.map(({ path }) => path)]);
    const names = expandGlob(patterns, { cwd: this.#options.cwd, folder: this.#folder ?? '', known });
    const usable = names.filter((name) => isStageFile(name) || this.#outputs(this.#path(name), name).length > 0);
    if (usable.length > 0) return usable;
    throw new TowlineError('NOT_FOUND', `Glob [${patterns.map((one) => `'${one}'`).join(', ')}] has no matches.`, { hint: 'Put the pattern in quotes, so that the shell leaves it alone.' });
  }

  /** The outputs at or above a path: the target is one of them, or lies inside. */
  #outputs(path: string | undefined, target: string): readonly Selected[] {
    const found = this.#stages.flatMap((stage) =>
      stage.outputs.flatMap((output): Selected[] => {
        if (output.place === 'external') return output.path === target ? [{ stage, output, inner: '' }] : [];
        if (path === undefined) return [];
        if (output.path === path || output.path === '') return [{ stage, output, inner: output.path === path ? '' : path }];
        return path.startsWith(`${output.path}/`) ? [{ stage, output, inner: path.slice(output.path.length + 1) }] : [];
      }),
    );
    // Which one is meant is only sure when no two overlap.
    if (found.length > 0 && !this.#checked) checkOverlaps(this.#stages);
    this.#checked ||= found.length > 0;
    return found;
  }

  #inFile(file: string, name: string | undefined): readonly Stage[] {
    const path = this.#path(file);
    const inFile = this.#stages.filter((stage) => stage.file === path);
    if (inFile.length === 0 && (path === undefined || !exists(`${this.#options.root}/${path}`))) {
      throw new TowlineError('NOT_FOUND', `'${file === 'dvc.yaml' || path === undefined ? file : `${this.#options.root}/${path}`}' does not exist`, { context: { target: file } });
    }
    if (name === undefined || name === '' || file.endsWith('.dvc')) return inFile;
    const named = this.#named(path, name);
    if (named.length > 0) return named;
    throw new TowlineError('NOT_FOUND', `Stage '${name}' not found inside '${file}' file`, { context: { target: `${file}:${name}` } });
  }

  /** The stage of that name, or all that a `foreach` or `matrix` of that name made. */
  #named(path: string | undefined, name: string): readonly Stage[] {
    const inFile = this.#stages.filter((stage) => stage.file === path && stage.name !== undefined);
    const exact = inFile.filter((stage) => stage.name === name);
    return exact.length > 0 ? exact : inFile.filter((stage) => stage.name?.startsWith(`${name}@`));
  }

  #follow(stages: readonly Stage[]): readonly Selected[] {
    return (this.#options.withDeps === true ? withDependencies(stages, this.#stages) : stages).flatMap((stage) => this.#whole(stage));
  }

  #whole(stage: Stage): readonly Selected[] {
    this.met.add(stage);
    return whole(stage);
  }

  #unknown(target: string, file: string | undefined, name: string | undefined): TowlineError {
    const project = 'dvc.yaml';
    const known = this.#stages.some((stage) => stage.file === this.#path(project)) || exists(`${this.#options.cwd}/${project}`);
    const reason = known ? `Stage '${name ?? file ?? target}' not found inside '${project}' file` : `'${project}' does not exist`;
    return new TowlineError('NOT_FOUND', `'${target}' does not exist as an output or a stage name in '${project}': ${reason}`, {
      hint: "'tow data status --unchanged' names what is tracked.",
      context: { target },
    });
  }

  #isFolder(path: string): boolean {
    return statFile(path === '' ? this.#options.root : `${this.#options.root}/${path}`)?.kind === 'folder' || this.#stages.some(({ file }) => file.startsWith(`${path}/`));
  }

  /** A target as a path from the root; undefined when it lies outside. */
  #path(target: string): string | undefined {
    const given = target.replaceAll('\\', this.#options.root.startsWith('/') ? '\\' : '/');
    if (given.startsWith('/') || /^[A-Za-z]:\//.test(given)) return insideRoot(given, this.#options.root);
    return this.#folder === undefined ? undefined : joinInside(this.#folder, given);
  }
}

/** `file`, `name`, `file:name` or `:name`, told apart as DVC does. */
export function parseTarget(target: string): Parsed {
  const [group = '', ...rest] = target.split('@');
  const key = rest.length > 0 ? `@${rest.join('@')}` : '';
  const [, path = '', part] = /^(.*?)(?::([^\\/:]*))?$/s.exec(group) ?? [];
  const name = part === undefined || part === '' ? undefined : part + key;
  if (/(?:^|[\\/])dvc\.lock$/.test(path)) {
    throw new TowlineError('INVALID_ARGUMENT', `Did you mean: \`${target.replace('.lock', '.yaml')}\`?`, { context: { target } });
  }
  if (path !== '' && name === undefined) return isStageFile(target) ? { file: target, name: undefined } : { file: undefined, name: target };
  return { file: path === '' ? 'dvc.yaml' : path, name };
}

function whole(stage: Stage): readonly Selected[] {
  return stage.outputs.map((output) => ({ stage, output, inner: '' }));
}

/** Each part once, and no part of what is there as a whole. */
function unique(selected: readonly Selected[]): readonly Selected[] {
  const complete = new Set(selected.filter(({ inner }) => inner === '').map(({ output }) => output));
  const seen = new Map<Output, Set<string>>();
  return selected.filter(({ output, inner }) => {
    const parts = seen.get(output) ?? new Set<string>();
    seen.set(output, parts);
    if (parts.has(inner) || (inner !== '' && complete.has(output))) return false;
    parts.add(inner);
    return true;
  });
}

function insideRoot(path: string, root: string): string | undefined {
  const clean = joinInside('', path) ?? '';
  const base = joinInside('', root) ?? '';
  if (clean === base) return '';
  return base === '' || clean.startsWith(`${base}/`) ? clean.slice(base === '' ? 0 : base.length + 1) : undefined;
}

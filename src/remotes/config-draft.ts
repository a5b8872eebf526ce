import { TowlineError } from '../errors.ts';
import { buildConfig, type Config, mergeParts } from './config.ts';
import { configError } from './config-error.ts';
import { type ConfigFile, type ConfigLevel, type ConfigOwner, CONFIG_LEVELS } from './levels.ts';
import { type ConfigFault, configFaults, throwFaults } from './schema.ts';

/** One file to be replaced. Applied in the given order, so that a crash between two leaves a config that DVC and we can read. */
export interface ConfigEdit {
  /** Absolute. */
  readonly file: string;
  /** The text it must still have; undefined where it must not exist. */
  readonly before: string | undefined;
  readonly after: string;
  /** 0600 where secrets may stand in it. */
  readonly mode?: number;
}
/** What a verb would change; nothing is written until `applyConfigEdits`. */
export interface ConfigChange {
  readonly edits: readonly ConfigEdit[];
  /** The config as it will be. */
  readonly config: Config;
  /** Lines that DVC prints. */
  readonly output: readonly string[];
  readonly warnings: readonly string[];
}

/** New texts of config files, step by step. Each step is a file that changes once. */
export interface Draft {
  text(file: ConfigFile): string;
  /** The text of `file` after all steps so far, changed by `edit`. */
  change(file: ConfigFile, edit: (text: string) => string): void;
  readonly steps: readonly { readonly file: ConfigFile; readonly before: string | undefined; readonly after: string }[];
}

/** Begins with the texts as they are. */
export function beginDraft(config: Config): Draft {
  const texts = new Map(config.parts.map(({ file, text }) => [file, text]));
  const steps: { readonly file: ConfigFile; readonly before: string | undefined; readonly after: string }[] = [];
  return {
    steps,
    text: (file) => texts.get(file) ?? '',
    change(file, edit) {
      const before = texts.get(file);
      const after = edit(before ?? '');
      if (after === (before ?? '')) return;
      steps.push({ file, before, after });
      texts.set(file, after);
    },
  };
}

/** The file of a level. Throws outside a repository, and where a level has no file of that owner. */
export function fileOf(config: Config, level: ConfigLevel, owner: ConfigOwner): ConfigFile {
  const found = config.parts.find(({ file }) => file.level === level && file.owner === owner)?.file;
  if (found) return found;
  if (level === 'repo' || level === 'local') throw configError('Not inside a DVC repo');
  throw new TowlineError('INVALID_ARGUMENT', `the ${level} level has no file for what only Towline knows`, { hint: 'Use --global.' });
}

/** The files of a level that are there to be edited, DVC's first. */
export const filesAt = (config: Config, level: ConfigLevel): readonly ConfigFile[] => config.parts.flatMap(({ file }) => (file.level === level ? [file] : []));

/** Whether `one` shadows `other`. */
export const isAbove = (one: ConfigLevel, other: ConfigLevel): boolean => CONFIG_LEVELS.indexOf(one) > CONFIG_LEVELS.indexOf(other);

/** Checks the config as it will be before anything is written. Faults that were there before are let pass, so that one after the other can be repaired. */
export async function finishDraft(config: Config, draft: Draft, { output = [], warnings = [] }: { readonly output?: readonly string[]; readonly warnings?: readonly string[] } = {}): Promise<ConfigChange> {
  const next = asDrafted(config, draft);
  const levels = new Set(draft.steps.map(({ file }) => file.level));
  const known = new Set((await allFaults(config, levels)).map(({ text }) => text));
  throwFaults((await allFaults(next, levels)).filter(({ text }) => !known.has(text)));
  const edits = draft.steps.map(({ file, before, after }) => ({ file: file.path, before, after, ...(file.isPrivate && { mode: 0o600 }) }));
  return { edits, config: next, output, warnings: [...warnings, ...landmines(draft)] };
}

/** The config as it will be after all steps so far. */
export function asDrafted(config: Config, draft: Draft): Config {
  return buildConfig(new Map(config.parts.map(({ file, text }) => [file, draft.steps.some((step) => step.file === file) ? draft.text(file) : text])), config);
}

/** What is wrong with all levels together, and with each edited level and those below it: a colleague does not have the levels above. DVC's files must do without ours, too. */
async function allFaults({ parts, runtime }: Config, levels: ReadonlySet<ConfigLevel>): Promise<readonly ConfigFault[]> {
  const found = new Map<string, ConfigFault>();
  for (const level of [...levels, 'local'] as const) {
    for (const owners of [['dvc', 'towline'], ['dvc']]) {
      const view = parts.filter(({ file }) => !isAbove(file.level, level) && owners.includes(file.owner));
      for (const fault of await configFaults({ parts: view, sections: mergeParts(view, runtime) })) found.set(fault.text, found.get(fault.text) ?? fault);
    }
  }
  return [...found.values()];
}

/** What DVC cannot write although it can read it: it empties the file at its next change. */
function landmines({ steps }: Draft): readonly string[] {
  const files = new Set(steps.filter(({ file, before, after }) => file.owner === 'dvc' && !isAscii(after) && isAscii(before ?? '')).map(({ file }) => file.display));
  return [...files].map((name) => `'${name}' now holds letters that are not ASCII: DVC reads them, but loses the whole file when it next changes it; change it with tow only`);
}

const isAscii = (text: string): boolean => !/[^\u0000-\u007f]/.test(text);

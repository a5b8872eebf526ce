import type { Config } from './config.ts';
import { configError } from './config-error.ts';
import { beginDraft, type ConfigChange, finishDraft } from './config-draft.ts';
import { checkExists, danglingReferences, defaultIn, filesFrom, type LevelOption } from './edit-remotes.ts';
import { addSection, removeSection, renameSection, sectionBody, sectionText, setKey } from './ini-edit.ts';
import type { ConfigFile } from './levels.ts';
import { pythonRepr } from './python-repr.ts';
import { namedSection } from './sections.ts';

/** `remote rename OLD NEW`, in the files of its level and all above it, `core.remote` included. */
export async function renameRemote(config: Config, typed: { readonly name: string; readonly next: string }, { level = 'repo' }: LevelOption = {}): Promise<ConfigChange> {
  const [name, next] = [typed.name.toLowerCase(), typed.next.toLowerCase()];
  const files = filesFrom(config, level);
  const renaming: Renaming = { from: namedSection('remote', name), to: namedSection('remote', next), name, next };
  if (config.remotes.includes(next) && !wasInterrupted(config, files, renaming)) throw configError(`Rename failed. Remote name ${pythonRepr(typed.next)} already exists.`);
  checkExists(config, name, level);
  return await finishDraft(config, renameIn(config, files, renaming), { warnings: danglingReferences(config, name) });
}

interface Renaming { readonly from: string; readonly to: string; readonly name: string; readonly next: string }

/**
 * Several files cannot be replaced in one step, and options without a URL make DVC refuse everything. So the section with the URL is
 * first copied under the new name, then the others are renamed, and last the old section goes: it can be read after each step.
 */
function renameIn(config: Config, files: readonly ConfigFile[], { from, to, name, next }: Renaming): ReturnType<typeof beginDraft> {
  const draft = beginDraft(config);
  const holders = files.filter((file) => sectionText(draft.text(file), from) !== undefined);
  const affected = files.filter((file) => holders.includes(file) || defaultIn(config, file) === name);
  const withUrl = holders.filter((file) => config.parts.some((part) => part.file === file && part.sections.get(from)?.has('url') === true));
  if (affected.length > 1) {
    for (const file of withUrl) draft.change(file, (text) => (sectionText(text, to) === undefined ? addSection(text, to, sectionBody(text, from)) : text));
  }
  for (const file of [...affected.filter((one) => !withUrl.includes(one)).toReversed(), ...withUrl.toReversed()]) {
    draft.change(file, (text) => {
      const renamed = sectionText(text, to) === undefined ? renameSection(text, from, to) : renameSection(removeSection(text, to), from, to);
      return defaultIn(config, file) === name ? setKey(renamed, 'core', { key: 'remote', value: next }) : renamed;
    });
  }
  return draft;
}

/** True when both names are there and say the same in each file that has both: the copy of a rename that did not end. */
function wasInterrupted(config: Config, files: readonly ConfigFile[], { from, to }: Renaming): boolean {
  const texts = config.parts.map(({ file, text = '' }) => ({ file, old: sectionText(text, from) && sectionBody(text, from), copy: sectionText(text, to) && sectionBody(text, to) }));
  const both = texts.filter(({ old, copy }) => old !== undefined && copy !== undefined);
  return both.length > 0 && both.every(({ file, old, copy }) => old === copy && files.includes(file));
}

import type { Config } from './config.ts';
import { configError } from './config-error.ts';
import { beginDraft, type ConfigChange, fileOf, filesAt, finishDraft } from './config-draft.ts';
import { isOnlyOurs, setDraftKey, unsetDraftKey } from './draft-keys.ts';
import type { EditOptions, LevelOption } from './edit-remotes.ts';
import { dropEmptySection, unsetKey } from './ini-edit.ts';
import { missingOption } from './list-options.ts';
import type { OptionName } from './option-name.ts';

/** `config NAME VALUE`. */
export async function setOption(config: Config, { section, option }: OptionName, { value, level = 'repo', cwd }: EditOptions & { readonly value: string }): Promise<ConfigChange> {
  const draft = beginDraft(config);
  const warnings = await setDraftKey(config, draft, { section, key: option, value, level, cwd });
  const namesTheirs = section === 'core' && option === 'remote' && !isOnlyOurs(config, value.toLowerCase());
  // Our file of the same level shadows DVC's: an older default in it would win.
  if (namesTheirs) for (const file of filesAt(config, level)) if (file.owner === 'towline') draft.change(file, (text) => dropEmptySection(unsetKey(text, section, option), section));
  return await finishDraft(config, draft, { warnings });
}

/** `config --unset NAME`. Throws in DVC's words when the level does not have it. */
export async function unsetOption(config: Config, name: OptionName, { level = 'repo' }: LevelOption = {}): Promise<ConfigChange> {
  fileOf(config, level, 'dvc');
  const missing = missingOption(config, name, level);
  if (missing !== undefined) throw configError(missing);
  const draft = beginDraft(config);
  unsetDraftKey(config, draft, { section: name.section, key: name.option, level });
  return await finishDraft(config, draft);
}

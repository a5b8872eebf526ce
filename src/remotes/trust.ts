import type { Config, Setting } from './config.ts';
import { configError } from './config-error.ts';

/** Whether programs that a committed config names may run: the user says so himself, in the environment or in his own config. */
export function isTrusted(config: Config): boolean {
  const variable = config.runtime.env['TOW_TRUST'];
  if (variable !== undefined && variable !== '') return variable === '1' || variable.toLowerCase() === 'true';
  // The files of the repository are passed over, so that a hostile one can neither give trust nor take it away.
  const own = config.parts.findLast(({ file, sections }) => isOwnLevel(file.level) && sections.get('core')?.has('trust') === true);
  return own?.sections.get('core')?.get('trust')?.value.toLowerCase() === 'true';
}

/** Throws unless the command that `setting` names may run: it stands at the user's own level, or the user trusts the repository. */
export function checkCommand({ isTrusted: trusts }: { readonly isTrusted: boolean }, key: string, setting: Setting): void {
  if (isOwnLevel(setting.level) || trusts) return;
  throw configError(`'${key}' names a program, and it comes with the repository (${setting.place})`, {
    hint: `Read what it would run. To allow it, set TOW_TRUST=1, or 'core.trust = true' in your own config with 'config --global core.trust true'.`,
  });
}

/** A clone may bring any file below `.dvc`, the local ones too: that Git ignores them by default binds nobody. */
const isOwnLevel = (level: Setting['level']): boolean => level !== 'repo' && level !== 'local';

import type { Runtime } from '../../runtime.ts';
import type { ClearmlConfig } from '../config/clearml-config.ts';
import { partAt } from '../config/values.ts';

/** A prefix of URLs that stands for another here. */
export interface Substitution {
  readonly registeredPrefix: string;
  readonly localPrefix: string;
  readonly replaceWindowsSeparator?: boolean;
  readonly replaceLinuxSeparator?: boolean;
}

/** The rules of the configuration. One that lacks a prefix is passed over with a warning: in ClearML it stops everything. */
export function configuredSubstitutions(config: ClearmlConfig, warn: Runtime['warn']): readonly Substitution[] {
  return partAt(config, 'sdk.storage').parts('path_substitution').flatMap((part) => {
    const [registeredPrefix, localPrefix] = [part.text('registered_prefix'), part.text('local_prefix')];
    if (registeredPrefix === undefined || localPrefix === undefined) {
      const { file, line } = part.place();
      warn({ code: 'CLEARML_CONFIG', text: `${file}:${line}: a rule of path_substitution lacks registered_prefix or local_prefix and is passed over` });
      return [];
    }
    return [{ registeredPrefix, localPrefix, replaceWindowsSeparator: part.flag('replace_windows_sep') ?? false, replaceLinuxSeparator: part.flag('replace_linux_sep') ?? false }];
  });
}

/** The URL by the first rule whose prefix it begins with, exactly; else as it is. */
export function substitute(url: string, rules: readonly Substitution[]): string {
  const rule = rules.find(({ registeredPrefix }) => url.startsWith(registeredPrefix));
  if (rule === undefined) return url;
  const rest = url.slice(rule.registeredPrefix.length);
  const replaced = rule.replaceWindowsSeparator === true ? rest.replaceAll('\\', '/') : rule.replaceLinuxSeparator === true ? rest.replaceAll('/', '\\') : rest;
  return rule.localPrefix + replaced;
}

/** An option as `config` names it. */
export interface OptionName { readonly section: string; readonly option: string; /** Set for `remote.name.option` and `db.name.option`. */ readonly kind?: 'remote' | 'db' | undefined; readonly name: string }

/** The section an option name means: `core.remote`, `remote.store.url`, `db.main.url`; undefined when it is none. A remote's name may hold dots, which DVC cannot reach. */
export function parseOptionName(text: string): OptionName | undefined {
  const { top, section, option } = /^(?:(?<top>remote|db)\.)?(?<section>[^.]*)\.(?<option>[^.]*)$/.exec(text)?.groups ?? /^(?<top>remote|db)\.(?<section>.*)\.(?<option>[^.]*)$/.exec(text)?.groups ?? {};
  if (section === undefined || option === undefined) return undefined;
  const kind = top === 'remote' || top === 'db' ? top : undefined;
  const name = section.toLowerCase();
  return { section: kind === undefined ? name : `${kind} "${name}"`, option: option.toLowerCase(), kind, name };
}

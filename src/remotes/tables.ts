import { type DriverName, drivers, schemes } from '../drivers/index.ts';
import type { DriverDefinition } from '../storage/definition.ts';
import type { Option, OptionTable } from '../storage/options.ts';
import { DVC_SCHEMES } from './dvc-schemes.ts';
import type { ConfigOwner } from './levels.ts';
import { IMPOSSIBLE_IN_DVC, remoteOptions } from './remote-options.ts';
import { withCommands } from './secret-commands.ts';
import { namedTables, sectionTables } from './section-tables.ts';
import { parseSectionName } from './sections.ts';
import { urlScheme } from './url-scheme.ts';

/** A driver by its own name, loaded now. */
export const driverNamed = async (name: DriverName): Promise<DriverDefinition> => await drivers[name]();

/** The driver of a scheme, loaded now; undefined where there is none. */
export async function definitionFor(scheme: string): Promise<DriverDefinition | undefined> {
  const name = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
  return name && await drivers[name]();
}

/** All options of a remote with this URL; undefined for a scheme nobody knows. A `remote://` URL allows what any remote allows: which it is, is known when it is looked up. */
export async function tableForUrl(url: string): Promise<OptionTable | undefined> {
  const definition = await definitionFor(urlScheme(url));
  return definition && { ...remoteOptions, ...withCommands(definition.options) };
}

/** The options of a section: of a remote by its URL, else of the section's kind. Undefined where there are none. */
export async function tableFor(section: string, url: string | undefined): Promise<OptionTable | undefined> {
  const named = parseSectionName(section);
  if (named === undefined) return Object.hasOwn(sectionTables, section) ? sectionTables[section] : undefined;
  if (named.kind !== 'remote') return namedTables[named.kind];
  return url === undefined ? remoteOptions : await tableForUrl(url);
}

/** Whether DVC accepts a remote with this URL in its files. */
export const isKnownToDvc = (url: string): boolean => DVC_SCHEMES.has(urlScheme(url));

/** Whether a URL means another remote: `remote://name/path`. */
export const isReference = (url: string): boolean => urlScheme(url) === 'remote';

/** In whose file a key must stand. */
export const ownerOf = (key: string, option: Option<unknown>): ConfigOwner => (IMPOSSIBLE_IN_DVC.includes(key) ? 'towline' : option.owner);

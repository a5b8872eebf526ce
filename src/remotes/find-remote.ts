import type { TowlineError } from '../errors.ts';
import { readOptions } from '../storage/options.ts';
import type { Config, Setting } from './config.ts';
import { configError } from './config-error.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Remote, RemoteLayout } from './remote.ts';
import { remoteOptions } from './remote-options.ts';
import { isTrusted } from './trust.ts';
import { namedSection } from './sections.ts';
import { isReference } from './tables.ts';

/** The remote of that name, or the default one. `command` is what the message proposes when none is meant: `push`. */
export function findRemote(config: Config, name?: string, { command = '<command>' }: { readonly command?: string } = {}): Remote {
  const wanted = name === undefined || name === '' ? config.get('core', 'remote')?.value : name;
  if (wanted === undefined || wanted === '') throw noRemote(config, command);
  const found = resolveRemote(config, wanted, []);
  return toRemote(config, wanted.toLowerCase(), found);
}

/** A URL that may begin with `remote://name/`, as a remote without a name of its own: what commands take where DVC does. */
export function findUrl(config: Config, url: string): Remote {
  if (!isReference(url)) return toRemote(config, '', { url, settings: new Map() });
  return toRemote(config, '', refer(config, url, { own: new Map(), chain: [] }));
}

interface Resolved { readonly url: string; readonly settings: ReadonlyMap<string, Setting> }

function resolveRemote(config: Config, wanted: string, chain: readonly string[]): Resolved {
  const name = wanted.toLowerCase();
  const settings = config.section(namedSection('remote', name));
  const url = settings.get('url');
  if (url === undefined) throw unknownRemote(config, wanted);
  if (chain.includes(name)) throw configError(`the remotes ${[...chain, name].map((one) => `'${one}'`).join(' -> ')} refer to each other in a circle (${url.place})`, { hint: 'Give one of them the URL of a storage.' });
  const own = new Map([...settings].filter(([key]) => key !== 'url'));
  return isReference(url.value) ? refer(config, url.value, { own, chain: [...chain, name] }) : { url: url.value, settings: own };
}

/** Own settings shadow those of the remote referred to; the path is put behind its URL. */
function refer(config: Config, url: string, { own, chain }: { readonly own: ReadonlyMap<string, Setting>; readonly chain: readonly string[] }): Resolved {
  const [, base = '', path = ''] = /^[^/]*\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
  const found = resolveRemote(config, base, chain);
  const below = path.replace(/^\/+/, '');
  // What mirrors a remote does not mirror a folder of it.
  const inherited = [...found.settings].filter(([key]) => key !== 'mirrors' || below === '');
  return { url: below === '' ? found.url : `${found.url.replace(/(?<=[^/])\/$/, '')}/${below}`, settings: new Map([...inherited, ...own]) };
}

/** A remote without a limit of its own has that of all: its setting stands in, and with it the place by which all of them share one budget. */
function toRemote(config: Config, name: string, { url, settings: own }: Resolved): Remote {
  const common = own.has('limit_rate') ? undefined : config.get('core', 'limit_rate');
  const settings = common ? new Map([...own, ['limit_rate', common]]) : own;
  const general = new Map([...settings].filter(([key]) => Object.hasOwn(remoteOptions, key)));
  const options = readOptions(remoteOptions, general);
  const mirrors = (settings.get('mirrors')?.items ?? options.mirrors?.split(',') ?? []).map((one) => one.trim().toLowerCase()).filter((one) => one !== '' && one !== name);
  return { name, url, layout: layoutOf(options, settings), jobs: options.jobs, mirrors, settings, isTrusted: isTrusted(config) };
}

function layoutOf({ worktree, version_aware: isVersioned }: { readonly worktree: boolean; readonly version_aware: boolean }, settings: ReadonlyMap<string, Setting>): RemoteLayout {
  if (worktree && settings.has('version_aware') && !isVersioned) {
    throw configError(`worktree remotes require version_aware cloud (${settings.get('version_aware')?.place ?? ''})`, { hint: "Remove 'version_aware = false' or 'worktree = true'." });
  }
  if (worktree) return 'worktree';
  return isVersioned ? 'versioned' : 'objects';
}

/** Says that there is no remote of that name, and what was probably meant. */
export function unknownRemote(config: Config, wanted: string): TowlineError {
  const hint = didYouMean(wanted.toLowerCase(), config.remotes) ?? (config.remotes.length === 0 ? "Add it with 'remote add'." : `There are: ${config.remotes.join(', ')}.`);
  return configError(`remote '${wanted}' doesn't exist`, { hint });
}

function noRemote({ remotes, root }: Config, command: string): TowlineError {
  const where = root ?? 'the configuration';
  return configError(remotes.length > 0
    ? `no remote specified in ${where}. Setup default remote with\n    tow remote default <remote name>\nor use:\n    tow ${command} -r <remote name>`
    : `no remote specified in ${where}. Create a default remote with\n    tow remote add -d <remote name> <remote url>`, { context: { reason: 'no-remote' } });
}

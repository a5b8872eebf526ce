import { TowlineError } from '../../errors.ts';
import type { Config } from '../../remotes/config.ts';
import type { ConfigChange } from '../../remotes/config-draft.ts';
import { addRemote, removeRemote } from '../../remotes/edit-remotes.ts';
import type { ConfigLevel } from '../../remotes/levels.ts';
import { namedSection } from '../../remotes/sections.ts';
import { holdsSecret, parsePodUrl, shownPodUrl } from './template.ts';

export interface PodRemote { readonly name: string; readonly url: string }
interface Where { readonly level: ConfigLevel; readonly cwd: string }

/** Adds a pod remote as a remote of the house, its URL as it was given beside it; one of that name is replaced. Throws INVALID_ARGUMENT for a URL that holds a secret itself: it would be kept in a file that others read. */
export async function addPodRemote(config: Config, { name, url }: PodRemote, where: Where): Promise<ConfigChange> {
  if (holdsSecret(url)) {
    throw new TowlineError('INVALID_ARGUMENT', `'${shownPodUrl(url)}' holds a secret; nothing was saved`, { hint: 'Write a placeholder, which is filled in from the environment: {access_key_id}, {secret_access_key}, {oras_password} or {env:NAME}.', context: { usage: true } });
  }
  if (isDataRemote(config, name)) throw notOurs(name, 'replaced');
  return await addRemote(config, { name, url: plainUrl(url) }, { ...where, force: true, settings: new Map([['pod_url', url]]) });
}

/** Throws INVALID_ARGUMENT for a remote of data, which `tow remote remove` takes away. */
export async function removePodRemote(config: Config, name: string, { level }: Pick<Where, 'level'>): Promise<ConfigChange> {
  if (isDataRemote(config, name)) throw notOurs(name, 'deleted');
  return await removeRemote(config, name, { level });
}

/** Every remote a pod may be saved to, by its name; the URL as it was given, without secrets. */
export function listPodRemotes(config: Config): readonly PodRemote[] {
  return config.remotes.map((name) => {
    const settings = config.section(namedSection('remote', name));
    return { name, url: shownPodUrl(settings.get('pod_url')?.value ?? settings.get('url')?.value ?? '') };
  });
}

function isDataRemote(config: Config, name: string): boolean {
  const settings = config.section(namedSection('remote', name.toLowerCase()));
  return settings.has('url') && !settings.has('pod_url');
}

const notOurs = (name: string, what: string): TowlineError => new TowlineError('INVALID_ARGUMENT', `remote '${name}' is a remote for data, and was not ${what}`, { hint: `Pods can be saved to it as it is. 'tow remote remove ${name}' takes it away.` });

/** What other commands read: where it is, without who one is. */
function plainUrl(url: string): string {
  const { scheme, host, path } = parsePodUrl(url);
  return `${scheme === 'oras' ? 'oci' : scheme}://${host}${path === '' ? '' : `/${path}`}`;
}

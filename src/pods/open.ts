import type { Config } from '../remotes/config.ts';
import { findRemote } from '../remotes/find-remote.ts';
import { remoteOf, settingsOf } from '../remotes/made-remote.ts';
import { openRemote } from '../remotes/open.ts';
import type { Remote } from '../remotes/remote.ts';
import { definitionFor } from '../remotes/tables.ts';
import { urlScheme } from '../remotes/url-scheme.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import type { Opening } from '../storage/definition.ts';
import type { Journal } from '../storage/transfer/journal.ts';
import { TowlineError } from '../errors.ts';
import { createObjectPods } from './object-store/object-store.ts';
import type { PodStore } from './pod.ts';
import { podPlace } from './remotes/place.ts';
import { shownPodUrl } from './remotes/template.ts';

interface Lent {
  readonly opening: Opening;
  /** Where uploads of large states are noted, so that another process can go on with them. */
  readonly journal?: Journal | undefined;
}

/** Where pods are meant to lie: the name of a remote, a URL, or the default remote. */
export async function openPods(wanted: string | undefined, { config, ...lent }: Lent & { readonly config: Config }): Promise<PodStore> {
  if (wanted !== undefined && (wanted.includes('://') || urlScheme(wanted) !== '')) return await openUrl(wanted, lent);
  const remote = findRemote(config, wanted, { command: 'pod' });
  const url = remote.settings.get('pod_url')?.value;
  return url === undefined ? await openPlace(withoutPodUrl(remote), lent) : await openUrl(url, lent);
}

async function openUrl(url: string, lent: Lent): Promise<PodStore> {
  // A URL that is a path has nothing to fill in.
  if (!url.includes('://')) return await openPlace(remoteOf(url, new Map()), lent);
  const place = podPlace(url, lent.opening.env);
  if (place.kind === 'storage') return await openPlace(place.remote, lent);
  const { host, base, user, password, plainHttp, isSingle } = place;
  const remote = remoteOf(`oci://${host}${base === '' ? '' : `/${base}`}`, settingsOf({ user, password, plain_http: plainHttp }, { file: shownPodUrl(url), line: 0 }));
  return await openRegistry(remote, { ...lent, isSingle });
}

async function openPlace(remote: Remote, lent: Lent): Promise<PodStore> {
  const definition = await definitionFor(urlScheme(remote.url));
  if (definition?.kind === 'registry') return await openRegistry(remote, { ...lent, isSingle: definition.isOneRepository === true });
  const place = await openRemote(remote, lent.opening);
  if (place.kind === 'storage') return createObjectPods(place.storage, { now: lent.opening.now, wait: lent.opening.wait, ...(lent.journal && { journal: lent.journal }) });
  throw new TowlineError('UNSUPPORTED', `${remote.url} is no storage for pods`);
}

/** A host without a path has pods right below it, and the list of them in a repository of ours. */
const LIST = 'towline-pods';

async function openRegistry(remote: Remote, { opening, journal, isSingle }: Lent & { readonly isSingle: boolean }): Promise<PodStore> {
  const { createRegistryPods } = await import('./registry-store/registry-store.ts');
  const hasBase = isSingle || /^[^/]*\/\/[^/]+\/./.test(remote.url);
  const openRepository = async (path: string): Promise<ArtifactStore> => {
    const place = await openRemote({ ...remote, url: [remote.url, path === '' && !hasBase ? LIST : path].filter((part) => part !== '').join('/') }, opening);
    if (place.kind === 'registry') return place.artifacts;
    throw new TowlineError('UNSUPPORTED', `${remote.url} is no registry`);
  };
  return createRegistryPods({ openRepository, isSingle, displayUrl: remote.url, now: opening.now, journal });
}

const withoutPodUrl = (remote: Remote): Remote => ({ ...remote, settings: new Map([...remote.settings].filter(([key]) => key !== 'pod_url')) });

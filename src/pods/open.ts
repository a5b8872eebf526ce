import type { Config } from '../remotes/config.ts';
import { findRemote } from '../remotes/find-remote.ts';
import { remoteOf, settingsOf } from '../remotes/made-remote.ts';
import { openRemote } from '../remotes/open.ts';
import type { Remote } from '../remotes/remote.ts';
import { definitionFor } from '../remotes/tables.ts';
import { urlScheme } from '../remotes/url-scheme.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import type { Opening } from '../storage/definition.ts';
import { TowlineError } from '../errors.ts';
import { createObjectPods } from './object-store/object-store.ts';
import type { PodStore } from './pod.ts';
import { podPlace } from './remotes/place.ts';
import { shownPodUrl } from './remotes/template.ts';

/** Where pods are meant to lie: the name of a remote, a URL, or the default remote. */
export async function openPods(wanted: string | undefined, { config, opening }: { readonly config: Config; readonly opening: Opening }): Promise<PodStore> {
  if (wanted?.includes('://') === true) return await openUrl(wanted, opening);
  const remote = findRemote(config, wanted, { command: 'pod' });
  const url = remote.settings.get('pod_url')?.value;
  return url === undefined ? await openPlace(withoutPodUrl(remote), opening) : await openUrl(url, opening);
}

async function openUrl(url: string, opening: Opening): Promise<PodStore> {
  const place = podPlace(url, opening.env);
  if (place.kind === 'storage') return await openPlace(place.remote, opening);
  const { host, base, user, password, plainHttp, isSingle } = place;
  const remote = remoteOf(`oci://${host}${base === '' ? '' : `/${base}`}`, settingsOf({ user, password, plain_http: plainHttp }, { file: shownPodUrl(url), line: 0 }));
  return await openRegistry(remote, { opening, isSingle });
}

async function openPlace(remote: Remote, opening: Opening): Promise<PodStore> {
  if ((await definitionFor(urlScheme(remote.url)))?.kind === 'registry') return await openRegistry(remote, { opening, isSingle: false });
  const place = await openRemote(remote, opening);
  if (place.kind === 'storage') return createObjectPods(place.storage, opening);
  throw new TowlineError('UNSUPPORTED', `${remote.url} is no storage for pods`);
}

/** A host without a path has pods right below it, and the list of them in a repository of ours. */
const LIST = 'towline-pods';

async function openRegistry(remote: Remote, { opening, isSingle }: { readonly opening: Opening; readonly isSingle: boolean }): Promise<PodStore> {
  const { createRegistryPods } = await import('./registry-store/registry-store.ts');
  const hasBase = /^[^/]*\/\/[^/]+\/./.test(remote.url);
  const openRepository = async (path: string): Promise<ArtifactStore> => {
    const place = await openRemote({ ...remote, url: [remote.url, path === '' && !hasBase ? LIST : path].filter((part) => part !== '').join('/') }, opening);
    if (place.kind === 'registry') return place.artifacts;
    throw new TowlineError('UNSUPPORTED', `${remote.url} is no registry`);
  };
  return createRegistryPods({ openRepository, isSingle, displayUrl: remote.url, now: opening.now });
}

const withoutPodUrl = (remote: Remote): Remote => ({ ...remote, settings: new Map([...remote.settings].filter(([key]) => key !== 'pod_url')) });

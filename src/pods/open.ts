import type { Config } from '../remotes/config.ts';
import { findRemote } from '../remotes/find-remote.ts';
import { openRemote } from '../remotes/open.ts';
import type { Remote } from '../remotes/remote.ts';
import type { Opening } from '../storage/definition.ts';
import { TowlineError } from '../errors.ts';
import { createObjectPods } from './object-store/object-store.ts';
import type { PodStore } from './pod.ts';
import { podPlace } from './remotes/place.ts';

/** Where pods are meant to lie: the name of a remote, a URL, or the default remote. */
export async function openPods(wanted: string | undefined, { config, opening }: { readonly config: Config; readonly opening: Opening }): Promise<PodStore> {
  if (wanted?.includes('://') === true) return await openUrl(wanted, opening);
  const remote = findRemote(config, wanted, { command: 'pod' });
  const url = remote.settings.get('pod_url')?.value;
  return url === undefined ? await openStorage(withoutPodUrl(remote), opening) : await openUrl(url, opening);
}

async function openUrl(url: string, opening: Opening): Promise<PodStore> {
  const place = podPlace(url, opening.env);
  if (place.kind === 'storage') return await openStorage(place.remote, opening);
  throw new TowlineError('UNSUPPORTED', 'registries');
}

async function openStorage(remote: Remote, opening: Opening): Promise<PodStore> {
  const place = await openRemote(remote, opening);
  if (place.kind === 'storage') return createObjectPods(place.storage, opening);
  throw new TowlineError('UNSUPPORTED', 'registries');
}

const withoutPodUrl = (remote: Remote): Remote => ({ ...remote, settings: new Map([...remote.settings].filter(([key]) => key !== 'pod_url')) });

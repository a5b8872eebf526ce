import { TowlineError } from '../../errors.ts';
import { type Endpoint, resolveEndpoint } from './endpoint.ts';
import { type Profile, profileByHost, profiles } from './profiles.ts';
import type { Settings } from './settings.ts';
import { createSigner, type Signer } from './sigv4.ts';

/** What a client learns of its service while it speaks to it. */
export interface State {
  endpoint: Endpoint;
  signer: Signer;
  region: string;
  /** What the service's clock is ahead of ours. */
  clockOffset: number;
  profile: Profile | undefined;
  hasSeenBucket: boolean;
}
/** What is known before the first request. */
export function firstState(settings: Settings): State {
  const { endpoint } = settings;
  const profile = endpoint.url === undefined ? profiles[0] : profileByHost(new URL(endpoint.url).host);
  const region = settings.region ?? 'us-east-1';
  if (endpoint.url === undefined && !/^[a-z0-9-]+$/.test(region)) throw new TowlineError('INVALID_CONFIG', `'${region}' is not a region of AWS`, { hint: 'Correct the region option of the remote, or AWS_REGION.' });
  return { ...placed(settings, region, profile), clockOffset: 0, profile, hasSeenBucket: false };
}

/** All that follows from the region. */
export function placed(settings: Settings, region: string, profile: Profile | undefined): Pick<State, 'endpoint' | 'signer' | 'region'> {
  return { endpoint: resolveEndpoint({ ...settings.endpoint, region, preferred: profile?.addressing }), signer: createSigner(region), region };
}


import { TowlineError } from '../../errors.ts';

/** What decides where requests for a bucket go. */
export interface EndpointChoice {
  readonly bucket: string;
  readonly region: string;
  /** Of another service than AWS, as configured. */
  readonly url?: string | undefined;
  readonly useSsl: boolean;
  readonly style: 'auto' | 'virtual' | 'path';
  /** What 'auto' means on this service. */
  readonly preferred?: 'virtual' | 'path' | undefined;
  readonly accelerate: boolean;
  readonly dualstack: boolean;
}
export interface Endpoint {
  /** 'https://host:port'. */
  readonly origin: string;
  /** As the Host header has it, so as it is signed. */
  readonly host: string;
  /** What stands before '/key' in the path: '' or '/bucket'. */
  readonly base: string;
  readonly isSecure: boolean;
}

/** The service itself, whatever the bucket: 'aws' or the origin of another. Two buckets of one service can copy to each other. */
export const serviceOf = (url: string | undefined): string => (url === undefined ? 'aws' : new URL(url).origin);

/** Chooses host and path of a bucket the way AWS's own tools do. */
export function resolveEndpoint(choice: EndpointChoice): Endpoint {
  return choice.url === undefined ? awsEndpoint(choice) : customEndpoint(choice, checkUrl(choice.url));
}

/** Checks an endpoint before anything is sent; throws INVALID_CONFIG. */
export function checkUrl(text: string): URL {
  const url = /^https?:\/\/[^/\s]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new TowlineError('INVALID_CONFIG', `endpointurl '${text.replace(/\/\/[^/@]*@/, '//***@')}' is not an http:// or https:// address`, { hint: 'Write it as https://host or https://host:port.' });
  if (url.username !== '' || url.search !== '' || url.hash !== '') throw new TowlineError('INVALID_CONFIG', `endpointurl '${url.origin}' must not have a user, a query or a fragment`, { hint: 'Write it as https://host:port, and credentials as options of the remote.' });
  return url;
}

function customEndpoint({ bucket, style, preferred }: EndpointChoice, url: URL): Endpoint {
  const base = url.pathname.replace(/\/+$/, '');
  const isSecure = url.protocol === 'https:';
  const isAddress = /^\[|^\d+(?:\.\d+){3}$/.test(url.hostname);
  const wanted = style === 'auto' ? preferred ?? 'path' : style;
  if (wanted === 'path' || isAddress) return { origin: url.origin, host: url.host, base: `${base}/${bucket}`, isSecure };
  const host = `${bucket}.${url.host}`;
  return { origin: `${url.protocol}//${host}`, host, base, isSecure };
}

function awsEndpoint({ bucket, region, useSsl, style, accelerate, dualstack }: EndpointChoice): Endpoint {
  const isVirtual = style === 'virtual' || (style === 'auto' && isHostName(bucket) && !(useSsl && bucket.includes('.')));
  const make = (host: string, base: string): Endpoint => ({ origin: `${useSsl ? 'https' : 'http'}://${host}`, host, base, isSecure: useSsl });
  if (accelerate) {
    if (!isHostName(bucket) || bucket.includes('.')) throw new TowlineError('INVALID_CONFIG', `Bucket '${bucket}' cannot be reached by S3 Accelerate: its name has a dot or is no host name`, { hint: 'Remove use_accelerate_endpoint from the AWS config.' });
    return make(`${bucket}.s3-accelerate${dualstack ? '.dualstack' : ''}.amazonaws.com`, '');
  }
  const host = `s3${dualstack ? '.dualstack' : ''}.${region}.${domainOf(region)}`;
  return isVirtual ? make(`${bucket}.${host}`, '') : make(host, `/${bucket}`);
}

/** Lower case letters, digits, '-' and '.': else the name can stand in the path only. */
const isHostName = (bucket: string): boolean => /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/.test(bucket) && !bucket.includes('..') && !/^\d+(?:\.\d+){3}$/.test(bucket);

const DOMAINS: readonly (readonly [start: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'], ['us-iso-', 'c2s.ic.gov'], ['us-isob-', 'sc2s.sgov.gov'], ['eu-isoe-', 'cloud.adc-e.uk'], ['us-isof-', 'csp.hci.ic.gov'], ['eusc-', 'amazonaws.eu'],
];
const domainOf = (region: string): string => DOMAINS.find(([start]) => region.startsWith(start))?.[1] ?? 'amazonaws.com';

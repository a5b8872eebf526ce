import { TowlineError } from '../../errors.ts';
import type { OssOptions } from './options.ts';

/** Where requests for one bucket go. */
export interface Endpoint {
  readonly bucket: string;
  /** 'https://host:port'. */
  readonly origin: string;
  /** What stands before '/key' in the path of a URL: '' or '/bucket'. */
  readonly base: string;
  /** The service itself, whatever the bucket: two buckets of one service can copy to each other. */
  readonly service: string;
  /** As far as the name of the host tells it. */
  readonly region: string | undefined;
}

/**
 * Finds the bucket as DVC's client does: in the host's name, and in the path where the endpoint is an IP address or localhost. An endpoint
 * without scheme is spoken to by https where it is one of Alibaba's own, else by http as DVC does; a path in it counts for nothing, as there.
 */
export function resolveEndpoint(bucket: string, text: string, style: OssOptions['addressing_style']): Endpoint {
  const url = parseEndpoint(text);
  const { protocol, host, hostname } = url;
  // Some write the bucket's own address where that of the service belongs.
  const rest = host.slice(bucket.length + 1);
  const serviceHost = host.startsWith(`${bucket}.`) && regionOf(rest) !== undefined ? rest : host;
  const isAddress = /^\[|^\d+(?:\.\d+){3}$|^localhost$/.test(hostname);
  const wanted = style === 'virtual' || style === 'path' || style === 'cname' ? style : isAddress ? 'path' : 'virtual';
  if (wanted === 'virtual' && isAddress) throw unusable(text, 'no names can stand below an IP address', 'Unset addressing_style of the remote.');
  const isBare = wanted === 'cname';
  const requestHost = isBare ? host : wanted === 'virtual' ? `${bucket}.${serviceHost}` : serviceHost;
  return {
    bucket, origin: `${protocol}//${requestHost}`, base: wanted === 'path' ? `/${bucket}` : '',
    // Under a domain of its own a bucket cannot be known to be of the same service as another.
    service: isBare ? host : serviceName(serviceHost), region: regionOf(serviceHost),
  };
}

function parseEndpoint(text: string): URL {
  const isOurs = /^[a-z0-9.-]+\.aliyuncs\.com(?::443)?\/?$/i.test(text);
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${isOurs ? 'https' : 'http'}://${text}`;
  const url = /^https?:\/\/[^/\s]/i.test(whole) && URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url) throw unusable(text.replace(/\/\/[^/@]*@/, '//***@'), 'it is no host, and no http:// or https:// address');
  if (url.username !== '' || url.search !== '' || url.hash !== '') throw unusable(url.origin, 'it must not have a user, a query or a fragment');
  return url;
}

const unusable = (shown: string, why: string, hint = 'Write it as https://oss-REGION.aliyuncs.com, or as https://host:port.'): TowlineError =>
  new TowlineError('INVALID_CONFIG', `oss_endpoint '${shown}': ${why}`, { hint });

/** https://www.alibabacloud.com/help/en/oss/user-guide/regions-and-endpoints (2026-11-21) */
const REGIONAL: readonly RegExp[] = [
  /^([a-z0-9-]+?)(?:-internal)?\.oss(?:-data-acc)?\.aliyuncs\.com$/,
  /(?:^|[.-])oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/,
];
/** Not regions, though they stand where one does. */
const GLOBAL = /^(?:accelerate(?:-overseas)?|enet)$/;

function regionOf(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '');
  const region = REGIONAL.map((form) => form.exec(name)?.[1]).find((one) => one !== undefined);
  return region === undefined || GLOBAL.test(region) ? undefined : region;
}

/** Public, internal and accelerated endpoints of Alibaba reach the same buckets, but a copy must stay within a region. */
function serviceName(host: string): string {
  const region = regionOf(host);
  return region === undefined ? host : `aliyun ${region}`;
}

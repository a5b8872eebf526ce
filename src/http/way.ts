import { proxyAuthorization, type ProxyChoice } from './proxy.ts';
import { bare, portOf, type SocketTarget } from './sockets.ts';

/** How the requests of one origin travel. */
export interface Way {
  /** For messages. */
  readonly where: string;
  readonly origin: string;
  /** Where the connections lead: to the host, or to the proxy that is asked for it. */
  readonly target: SocketTarget;
  /** What stands in the request line. */
  path(url: URL): string;
  /** Headers that a proxy wants. */
  readonly proxyHeaders: readonly (readonly [name: string, value: string])[];
}

export const originOf = (url: URL): string => `${url.protocol}//${url.host}`;

/** Directly, by a proxy that is asked for the whole URL (http), or through a tunnel that a proxy makes (https). */
export function wayTo(url: URL, proxyFor: ProxyChoice): Way {
  const origin = originOf(url);
  const proxy = proxyFor(url);
  const isForwarded = proxy !== undefined && url.protocol === 'http:';
  const near = isForwarded ? proxy : url;
  const authorization = isForwarded ? proxyAuthorization(proxy) : undefined;
  return {
    where: isForwarded ? `${origin} (by proxy ${proxy.host})` : origin,
    origin: isForwarded ? `${proxy.protocol}//${proxy.host}` : origin,
    target: { protocol: near.protocol === 'https:' ? 'https:' : 'http:', hostname: bare(near.hostname), port: portOf(near), proxy: isForwarded ? undefined : proxy },
    path: isForwarded ? (asked) => `${asked.protocol}//${asked.host}${asked.pathname}${asked.search}` : (asked) => `${asked.pathname}${asked.search}`,
    proxyHeaders: authorization === undefined ? [] : [['proxy-authorization', authorization]],
  };
}

import { BlockList, isIP } from 'node:net';
import { TowlineError } from '../errors.ts';
import { redactUrl } from './redact.ts';

type Environment = Readonly<Record<string, string | undefined>>;
/** The proxy for a URL, or undefined where it is reached directly. */
export type ProxyChoice = (url: URL) => URL | undefined;

/**
 * Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY; the lower-case name wins, as in curl and Python.
 * NO_PROXY holds hosts (which mean their subdomains too), `host:port`, addresses, CIDR ranges and `*`.
 */
export function proxiesFrom(env: Environment): ProxyChoice {
  const http = parseProxy('http_proxy', httpProxy(env));
  const https = parseProxy('https_proxy', read(env, 'https_proxy'));
  const all = parseProxy('all_proxy', read(env, 'all_proxy'));
  if (!http && !https && !all) return () => undefined;
  const isExempt = parseNoProxy(read(env, 'no_proxy') ?? '');
  return (url) => {
    const proxy = (url.protocol === 'https:' ? https : http) ?? all;
    return proxy && !isExempt(url) ? proxy() : undefined;
  };
}

/** The value of Proxy-Authorization for the user info of a proxy's URL. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  return `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString('base64')}`;
}

function read(env: Environment, name: string): string | undefined {
  const value = env[name] ?? env[name.toUpperCase()];
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

/** In a CGI program HTTP_PROXY is a request header of whoever calls it (CVE-2016-5385), so only the lower-case name counts there. */
function httpProxy(env: Environment): string | undefined {
  return env['REQUEST_METHOD'] === undefined ? read(env, 'http_proxy') : read({ http_proxy: env['http_proxy'] }, 'http_proxy');
}

/** A fault in a variable is reported only when a URL would use it: it is no business of other remotes. */
function parseProxy(name: string, value: string | undefined): (() => URL) | undefined {
  if (value === undefined) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return () => {
    if (url && /^https?:$/.test(url.protocol) && url.hostname !== '') return url;
    throw new TowlineError('INVALID_CONFIG', `the proxy '${redactUrl(text)}' of ${name} cannot be used: it must be an http or https URL`, {
      hint: `Set ${name} to http://HOST:PORT, or add the host to no_proxy.`,
    });
  };
}

function parseNoProxy(text: string): (url: URL) => boolean {
  const rules = text.split(/[\s,]+/).filter((rule) => rule !== '').map(parseRule);
  return (url) => rules.some((applies) => applies(bareHost(url.hostname), url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port));
}

type Rule = (host: string, port: string) => boolean;

function parseRule(rule: string): Rule {
  if (rule === '*') return () => true;
  const range = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/i.exec(rule);
  if (range) return rangeRule(range[1] ?? '', Number(range[2]));
  const [name, port] = splitPort(rule.toLowerCase());
  const portFits: (port: string) => boolean = (asked) => port === undefined || port === asked;
  if (isIP(name) !== 0) {
    const inside = rangeRule(name, isIP(name) === 4 ? 32 : 128);
    return (host, asked) => portFits(asked) && inside(host, asked);
  }
  const suffix = name.replace(/^\*?\./, '');
  return (host, asked) => portFits(asked) && (host === suffix || host.endsWith(`.${suffix}`));
}

function rangeRule(address: string, bits: number): Rule {
  const family = isIP(address);
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return () => false;
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  return (host) => {
    const hostFamily = isIP(host);
    return hostFamily !== 0 && list.check(host, hostFamily === 4 ? 'ipv4' : 'ipv6');
  };
}

function splitPort(rule: string): readonly [name: string, port: string | undefined] {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(rule);
  if (bracketed) return [bracketed[1] ?? '', bracketed[2]];
  if (isIP(rule) === 6) return [rule, undefined];
  const named = /^(.*?)(?::(\d+))?$/.exec(rule);
  return [named?.[1] ?? rule, named?.[2]];
}

function bareHost(hostname: string): string {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return host.toLowerCase().replace(/\.$/, '');
}

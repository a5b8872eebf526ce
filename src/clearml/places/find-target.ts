import { remoteOf } from '../../remotes/made-remote.ts';
import { resolve } from 'node:path';
import { TowlineError } from '../../errors.ts';
import { urlScheme } from '../../remotes/url-scheme.ts';
import { azureTarget } from './azure-place.ts';
import { gsTarget } from './gs-place.ts';
import { httpTarget } from './http-place.ts';
import { s3Target } from './s3-place.ts';
import { type Finding, splitUrl, type Target } from './target.ts';

type Finder = (url: string, finding: Finding) => Target;

const localPlain: Finder = (url, { absolute }) => ({ kind: 'local', path: absolute(url), base: '' });

/** `file:///path` is taken as it is spelled, without escapes, as ClearML takes it. */
const localUrl: Finder = (url) => {
  const { host, rest } = splitUrl(url);
  if (host !== '' && host.toLowerCase() !== 'localhost') throw new TowlineError('INVALID_ARGUMENT', `'${url}' names the machine '${host}'; a file URL means this one`, { hint: 'Write file:///PATH.' });
  return { kind: 'local', path: resolve(`/${rest}`), base: 'file://' };
};

const named: Finder = (url, finding) => {
  const { host, rest } = splitUrl(url);
  const base = url.slice(0, url.indexOf('//') + 2) + host;
  return { kind: 'remote', base, name: rest, remote: finding.named(base), reason: `the remote '${host}' of Towline's configuration` };
};

/** Services that ClearML does not know: everything below the host is a name. */
const anyOther: Finder = (url) => {
  const { host, rest } = splitUrl(url);
  const base = url.slice(0, url.indexOf('//') + 2) + host;
  return { kind: 'remote', base, name: rest, remote: remoteOf(base, new Map()), reason: 'a service that clearml.conf says nothing about: its own login counts' };
};

const FINDERS: Readonly<Record<string, Finder>> = { '': localPlain, file: localUrl, s3: s3Target, gs: gsTarget, azure: azureTarget, http: httpTarget, https: httpTarget, remote: named };

/** Where a URL leads, and with which entry of the configuration. */
export function findTarget(url: string, finding: Finding): Target {
  const scheme = schemeOf(url);
  return (Object.hasOwn(FINDERS, scheme) ? FINDERS[scheme] ?? anyOther : anyOther)(url, finding);
}

/** `file:///path` has no host, and is a URL all the same. */
export function schemeOf(url: string): string {
  return urlScheme(url) || (/^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? '');
}

import { TowlineError } from '../../errors.ts';
import { remoteOf, settingsOf } from '../../remotes/made-remote.ts';
import type { Remote } from '../../remotes/remote.ts';
import { type Environment, filledIn, isTemplate, parsePodUrl, type PodUrl, shownPodUrl } from './template.ts';

/** Where a URL of a pod remote leads. */
export type PodPlace =
  | { readonly kind: 'storage'; readonly remote: Remote }
  | { readonly kind: 'registry'; readonly host: string; readonly base: string; readonly user?: string; readonly password?: string; readonly plainHttp?: boolean; readonly isSingle: boolean };

/** Parameters of an S3 URL and the option of a remote that each is. */
const S3_OPTIONS: Readonly<Record<string, string>> = { access_key_id: 'access_key_id', secret_access_key: 'secret_access_key', session_token: 'session_token', endpoint_url: 'endpointurl', endpointurl: 'endpointurl', region: 'region', profile: 'profile' };

/** Fills in a URL and says what it means. Nothing that is filled in is ever shown or kept. */
export function podPlace(url: string, env: Environment): PodPlace {
  const parsed = parsePodUrl(url);
  return (Object.hasOwn(FORMS, parsed.scheme) ? FORMS[parsed.scheme] ?? anyOther : anyOther)(parsed, { url, env });
}

interface Given { readonly url: string; readonly env: Environment }
type Form = (parsed: PodUrl, given: Given) => PodPlace;

/** LocalStack's forms of URLs; any other URL is a storage of ours. */
const FORMS: Readonly<Record<string, Form>> = { s3: (parsed, given) => ({ kind: 'storage', remote: s3Remote(parsed, given) }), oras: registryPlace, oci: registryPlace };
const anyOther: Form = (_, { url, env }) => ({ kind: 'storage', remote: remoteOf(filledIn(url, env) ?? url, new Map()) });

function s3Remote({ host, path, query }: PodUrl, { url, env }: Given): Remote {
  const unknown = [...query.keys()].find((key) => S3_OPTIONS[key] === undefined);
  if (unknown !== undefined) throw new TowlineError('INVALID_ARGUMENT', `'${unknown}' is no parameter of an S3 pod remote (${shownPodUrl(url)})`, { hint: `There are ${Object.keys(S3_OPTIONS).join(', ')}.`, context: { usage: true } });
  const values = Object.fromEntries([...query].map(([key, value]) => [S3_OPTIONS[key] ?? key, filledIn(value, env)]));
  const isEndpoint = /:\d+$/.test(host) || /^\d+\.\d+\.\d+\.\d+$/.test(host) || host === 'host.docker.internal' || host === 'localhost';
  const [bucket = '', ...rest] = [...(isEndpoint ? [] : [host]), ...path.split('/').filter((part) => part !== '')];
  if (bucket === '') throw new TowlineError('INVALID_ARGUMENT', `'${shownPodUrl(url)}' names no bucket`, { context: { usage: true } });
  return remoteOf(`s3://${[bucket, ...rest].join('/')}`, settingsOf({ ...(isEndpoint && { endpointurl: `http://${host}` }), ...values }, { file: shownPodUrl(url), line: 0 }));
}

function registryPlace({ host, path, user, password, query }: PodUrl, { url, env }: Given): PodPlace {
  const plain = query.get('plain_http')?.toLowerCase();
  const repo = query.get('repo');
  const unknown = [...query.keys()].find((key) => key !== 'plain_http' && key !== 'repo');
  if (unknown !== undefined || (plain !== undefined && !['true', 'false'].includes(plain)) || (repo !== undefined && repo !== 'single')) {
    throw new TowlineError('INVALID_ARGUMENT', `'${shownPodUrl(url)}': a registry takes plain_http=true|false and repo=single`, { context: { usage: true } });
  }
  const [name, secret] = [user, password].map((part) => (part === undefined ? undefined : isTemplate(part) ? filledIn(part, env) : decoded(part)));
  return {
    kind: 'registry', host: filledIn(host, env) ?? host, base: filledIn(path, env) ?? path, isSingle: repo === 'single',
    ...(name !== undefined && secret !== undefined && { user: name, password: secret }), ...(plain !== undefined && { plainHttp: plain === 'true' }),
  };
}

/** User info is percent-encoded where somebody wrote it so; a '%' that begins no escape is one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { remoteOf, settingsOf } from '../../remotes/made-remote.ts';
import { TowlineError } from '../../errors.ts';
import { isTree, type Tree } from '../hocon/syntax.ts';
import type { ClearmlConfig } from '../config/clearml-config.ts';
import { type Part, partAt } from '../config/values.ts';
import { type Finding, type RemoteTarget, splitFirst, splitUrl } from './target.ts';

/** The entry of `aws.s3` that counts for a URL, and what it says. */
export interface S3Choice {
  readonly host: string | undefined;
  readonly bucket: string;
  readonly key: string;
  /** Undefined: the defaults of `aws.s3`. */
  readonly entry: Part | undefined;
  readonly login: { readonly key?: string | undefined; readonly secret?: string | undefined; readonly token?: string | undefined; readonly usesChain: boolean };
  readonly region: string | undefined;
  readonly isSecure: boolean;
}

const KNOWN = ['bucket', 'subdir', 'host', 'key', 'secret', 'token', 'multipart', 'acl', 'secure', 'region', 'verify', 'use_credentials_chain', 'extra_args', 'profile'];

/** `s3://bucket/key`, or `s3://host:port/bucket/key`; a host without a port is known by its entry alone. */
export function s3Target(url: string, { config, warn }: Finding): RemoteTarget {
  const defaults = partAt(config, 'sdk.aws.s3');
  const choice = chooseS3(url, config);
  const { host, bucket, key, entry, login, isSecure } = choice;
  if (host === undefined) warnOfLostHost(bucket, defaults, warn);
  for (const unknown of Object.keys(entry?.tree ?? {}).filter((one) => !KNOWN.includes(one))) warn({ code: 'CLEARML_CONFIG', text: `${said(entry ?? defaults, unknown)}: '${unknown}' is no key of an S3 entry and is passed over` });
  const part = entry ?? defaults;
  const extra = extraArguments(part, defaults);
  if (login.key === undefined && login.secret === undefined && !login.usesChain && !hasEnvironmentKeys(config)) throw missingKeys(bucket, choice, part);
  const base = `s3://${[host, bucket].filter((one) => one !== undefined).join('/')}`;
  const settings = settingsOf({
    access_key_id: login.key, secret_access_key: login.secret, session_token: login.token, region: choice.region,
    profile: part.text('profile'), ...(host === undefined ? { use_ssl: isSecure ? undefined : false } : { endpointurl: `${isSecure ? 'https' : 'http'}://${host}` }),
    ssl_verify: part.text('verify'), acl: part.text('acl') ?? extra.options['acl'], ...boto3Options(partAt(config, 'sdk.aws.boto3')), ...withoutAcl(extra.options),
  }, part.place());
  return {
    kind: 'remote', base, name: key, remote: remoteOf(`s3://${bucket}`, settings), reason: reasonOf(choice, defaults),
    ...(Object.keys(extra.written).length + extra.refused.length > 0 && { written: { ...extra.written, ...(extra.refused.length > 0 && { refused: extra.refused }) } }),
  };
}

const withoutAcl = ({ acl: _acl, ...options }: Readonly<Record<string, string>>): Readonly<Record<string, string>> => options;
const said = (part: Part, key?: string): string => {
  const { file, line } = part.place(key);
  return `${file}:${line}`;
};

/** Host and bucket are compared as a whole, never as the beginning of a longer name; what says more comes first: host and bucket, bucket, host. */
export function chooseS3(url: string, config: ClearmlConfig): S3Choice {
  const defaults = partAt(config, 'sdk.aws.s3');
  const { host, rest } = splitUrl(url);
  const whole = `${host}/${rest}`.replace(/\/+$/, '');
  const ranked = defaults.parts('credentials').map((part) => ({ part, ...namesOf(part) }))
    .filter(({ wanted }) => wanted !== '' && isBelow(whole.toLowerCase(), wanted.toLowerCase()))
    .toSorted((a, b) => b.rank - a.rank || (a.wanted === b.wanted ? 0 : a.wanted < b.wanted ? 1 : -1));
  const entry = ranked[0]?.part;
  const isHost = ranked[0] === undefined ? /:\d+$/.test(host) : ranked[0].host !== undefined;
  const { first, name } = isHost ? splitFirst(rest) : { first: host, name: rest };
  // An entry without a login of its own is one all the same: it says how to reach the host. ClearML drops it without a word.
  const hasLogin = entry !== undefined && ((entry.text('key') !== undefined && entry.text('secret') !== undefined) || entry.flag('use_credentials_chain') === true);
  const source = hasLogin ? entry : defaults;
  const isDefault = source === defaults;
  const usesChain = source.flag('use_credentials_chain') ?? false;
  const own = <T>(read: (part: Part) => T | undefined): T | undefined => (entry && read(entry)) ?? (isDefault ? read(defaults) : undefined);
  return {
    host: isHost ? host : undefined, bucket: first, key: name, entry,
    login: { usesChain, ...(usesChain ? {} : { key: source.text('key')?.trim(), secret: source.text('secret')?.trim(), token: source.text('token')?.trim() }) },
    region: own((part) => part.text('region')),
    isSecure: entry?.flag('secure') ?? (entry === undefined ? defaults.flag('secure') : undefined) ?? true,
  };
}

function namesOf(part: Part): { readonly host: string | undefined; readonly wanted: string; readonly rank: number } {
  const host = part.text('host');
  const bucket = part.text('bucket')?.replace(/^["']|["']$/g, '').replace(/\/+$/, '');
  return { host, wanted: [host, bucket].filter((one) => one !== undefined && one !== '').join('/'), rank: (bucket === undefined ? 0 : 2) + (host === undefined ? 0 : 1) };
}

const isBelow = (whole: string, wanted: string): boolean => whole === wanted || whole.startsWith(`${wanted}/`);

/** Who forgot the port means the host, and its data would go to a bucket of that name at Amazon. */
function warnOfLostHost(bucket: string, defaults: Part, warn: Finding['warn']): void {
  const meant = defaults.parts('credentials').map((part) => part.text('host')).find((host) => host?.replace(/:\d+$/, '').toLowerCase() === bucket.toLowerCase());
  if (meant !== undefined) warn({ code: 'CLEARML_CONFIG', text: `'s3://${bucket}' is taken for a bucket at Amazon; for the host of your configuration write 's3://${meant}/...'` });
}

/** boto3's ExtraArgs that are options of the driver; content type and metadata go with each object. */
const EXTRA: Readonly<Record<string, string>> = {
  ACL: 'acl', ServerSideEncryption: 'sse', SSEKMSKeyId: 'sse_kms_key_id', SSECustomerKey: 'sse_customer_key', SSECustomerAlgorithm: 'sse_customer_algorithm',
  GrantRead: 'grant_read', GrantReadACP: 'grant_read_acp', GrantWriteACP: 'grant_write_acp', GrantFullControl: 'grant_full_control',
};

interface Extra { readonly options: Readonly<Record<string, string>>; readonly written: { contentType?: string; metadata?: Readonly<Record<string, string>> }; readonly refused: readonly string[] }

function extraArguments(part: Part, defaults: Part): Extra {
  const from = isTree(part.tree['extra_args']) ? part : defaults;
  const isOwn = from === part || part === defaults;
  const given: Tree = isOwn && isTree(from.tree['extra_args']) ? from.tree['extra_args'] : {};
  const extra: { options: Record<string, string>; written: Extra['written']; refused: string[] } = { options: {}, written: {}, refused: [] };
  for (const [name, value] of Object.entries(given)) {
    const option = Object.hasOwn(EXTRA, name) ? EXTRA[name] : undefined;
    if (name === 'Metadata' && isTree(value)) extra.written.metadata = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one as string)]));
    else if (typeof value !== 'string') extra.refused.push(`extra_args.${name}`);
    else if (name === 'ContentType') extra.written.contentType = value;
    else if (option === undefined) extra.refused.push(`extra_args.${name}`);
    else extra.options[option] = value;
  }
  return extra;
}

function boto3Options(part: Part): Readonly<Record<string, string | number | undefined>> {
  const signature = part.text('signature_version');
  if (signature !== undefined && /^s3(v2)?$/.test(signature)) throw new TowlineError('UNSUPPORTED', `${said(part, 'signature_version')}: signatures of version 2 are not supported`, { hint: "Remove 'signature_version': version 4 is what every S3 server of today takes." });
  const seconds = (key: string): number | undefined => {
    const value = part.number(key);
    return value === undefined ? undefined : Math.max(1, Math.round(value));
  };
  return {
    connect_timeout: seconds('connect_timeout'), read_timeout: seconds('read_timeout'),
    addressing_style: part.text('s3.addressing_style'), payload_signing_enabled: part.text('s3.payload_signing_enabled')?.toLowerCase(),
  };
}

const hasEnvironmentKeys = ({ env }: ClearmlConfig): boolean => (env['AWS_ACCESS_KEY_ID'] ?? '') !== '' && (env['AWS_SECRET_ACCESS_KEY'] ?? '') !== '';

function missingKeys(bucket: string, { host }: S3Choice, part: Part): TowlineError {
  const { file, line } = part.place();
  return new TowlineError('UNAUTHENTICATED', `Missing key and secret for S3 storage access (s3://${host === undefined ? bucket : `${host}/${bucket}`})`, {
    hint: `Set sdk.aws.s3.key and sdk.aws.s3.secret, an entry of sdk.aws.s3.credentials, or use_credentials_chain: true${line === 0 ? '' : ` (${file}:${line})`}.`,
  });
}

function reasonOf({ entry, login, host }: S3Choice, defaults: Part): string {
  const where = entry === undefined ? 'the defaults of sdk.aws.s3' : `the entry of sdk.aws.s3.credentials at ${said(entry)} (${['host', 'bucket'].flatMap((key) => (entry.text(key) === undefined ? [] : [`${key} '${entry.text(key) ?? ''}'`])).join(', ')})`;
  const isLent = entry !== undefined && entry.text('key') === undefined && !login.usesChain;
  const who = login.usesChain ? "AWS's own chain of credentials" : login.key === undefined ? 'the keys of the environment' : isLent && defaults.text('key') !== undefined ? 'the keys of sdk.aws.s3' : 'its keys';
  return `${where}, with ${who}${host === undefined ? '' : `, at the host ${host}`}`;
}

import { TowlineError } from '../../errors.ts';
import { readText } from '../../disk/read.ts';
import type { ConnectionSettings } from '../../http/transport.ts';
import type { Runtime } from '../../runtime.ts';
import { type AwsSection, parseAwsFile, profileEndpoint, profileSection, transferSettings, type TransferSettings } from './aws-config.ts';
import { checkUrl, type EndpointChoice } from './endpoint.ts';
import type { S3Options } from './options.ts';

/** Which profile counts, and where its files are. */
export interface ProfileChoice {
  readonly name: string;
  /** True when the option or the environment names it: then it must be there. */
  readonly isNamed: boolean;
  readonly configFile: string;
  readonly credentialsFile: string;
}
/** Everything about one remote that options, environment and AWS files say together. */
export interface Settings {
  readonly profile: ProfileChoice;
  readonly endpoint: Omit<EndpointChoice, 'region' | 'preferred'>;
  /** Undefined: nobody says, and the service will. */
  readonly region: string | undefined;
  readonly transfer: TransferSettings;
  readonly connection: ConnectionSettings;
}

/** Which files and profile count. A variable of the environment wins over `configpath` and `credentialpath`, as in DVC; the `profile` option wins over it. */
export function chooseProfile(options: S3Options, { env, home }: Pick<Runtime, 'env' | 'home'>): ProfileChoice {
  const named = options.profile ?? filled(env['AWS_PROFILE']) ?? filled(env['AWS_DEFAULT_PROFILE']);
  const expand = (path: string): string => (path === '~' || path.startsWith('~/') ? home + path.slice(1) : path);
  return {
    name: named ?? 'default',
    isNamed: named !== undefined,
    configFile: expand(filled(env['AWS_CONFIG_FILE']) ?? options.configpath ?? '~/.aws/config'),
    credentialsFile: expand(filled(env['AWS_SHARED_CREDENTIALS_FILE']) ?? options.credentialpath ?? '~/.aws/credentials'),
  };
}

/** Reads the AWS config file and puts everything together. Options win over the environment, the environment over files. */
export function readSettings(bucket: string, options: S3Options, runtime: Pick<Runtime, 'env' | 'home'>): Settings {
  const { env } = runtime;
  const profile = chooseProfile(options, runtime);
  const sections = readAwsFile(profile.configFile);
  const section = profileSection(sections, profile.name);
  if (profile.isNamed && section === undefined) requireProfile(profile, options);
  const transfer = transferSettings(section?.parts.get('s3'), profile.configFile);
  const ignoresEndpoints = /^true$/i.test(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] ?? section?.values.get('ignore_configured_endpoint_urls') ?? '');
  const configured = ignoresEndpoints ? undefined : filled(env['AWS_ENDPOINT_URL_S3']) ?? filled(env['AWS_ENDPOINT_URL']) ?? profileEndpoint(sections, section);
  const url = options.endpointurl ?? configured;
  if (url !== undefined) checkUrl(url);
  const style = options.addressing_style ?? transfer.addressingStyle;
  return {
    profile,
    endpoint: { bucket, url, useSsl: options.use_ssl ?? true, style, accelerate: transfer.useAccelerate, dualstack: transfer.useDualstack || isOn(env['AWS_USE_DUALSTACK_ENDPOINT']) },
    region: options.region ?? filled(env['AWS_REGION']) ?? filled(env['AWS_DEFAULT_REGION']) ?? section?.values.get('region'),
    transfer,
    connection: connectionSettings(options, { env, section, transfer }),
  };
}

interface ConnectionFacts {
  readonly env: Runtime['env'];
  readonly section: AwsSection | undefined;
  readonly transfer: TransferSettings;
}

function connectionSettings(options: S3Options, { env, section, transfer }: ConnectionFacts): ConnectionSettings {
  const caFile = typeof options.ssl_verify === 'string' ? options.ssl_verify : filled(env['AWS_CA_BUNDLE']) ?? section?.values.get('ca_bundle');
  return {
    verifyTls: options.ssl_verify !== false,
    ...(caFile === undefined || options.ssl_verify === false ? {} : { caFile }),
    ...(options.connect_timeout === undefined ? {} : { connectTimeoutSeconds: options.connect_timeout }),
    ...(options.read_timeout === undefined ? {} : { idleTimeoutSeconds: options.read_timeout }),
    ...(transfer.maxConcurrentRequests === undefined ? {} : { connections: transfer.maxConcurrentRequests }),
  };
}

function requireProfile({ name, configFile, credentialsFile }: ProfileChoice, options: S3Options): void {
  const hasOwnCredentials = options.access_key_id !== undefined || options.allow_anonymous_login === true;
  if (hasOwnCredentials && options.profile === undefined) return;
  if (readAwsFile(credentialsFile).has(name)) return;
  throw new TowlineError('INVALID_CONFIG', `Profile '${name}' is neither in '${configFile}' nor in '${credentialsFile}'`, { hint: `Make it with: aws configure --profile ${name}` });
}

function readAwsFile(path: string): ReadonlyMap<string, AwsSection> {
  const content = readText(path);
  return content === undefined ? new Map() : parseAwsFile(content, path);
}

const filled = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
const isOn = (value: string | undefined): boolean => /^true$/i.test(value ?? '');

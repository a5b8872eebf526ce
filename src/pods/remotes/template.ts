import { TowlineError } from '../../errors.ts';

/** The URL of a pod remote, taken apart before anything is filled in: what is filled in can then hold any character. */
export interface PodUrl {
  readonly scheme: string;
  readonly user?: string;
  readonly password?: string;
  /** With its port. */
  readonly host: string;
  /** Without slashes around it. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}
export type Environment = Readonly<Record<string, string | undefined>>;

const PLACEHOLDER = /\{(?:env:)?[A-Za-z_]\w*\}/g;
const HOST = /^[^:@]*(?::\d*)?$/;

/** Reads a URL with `{placeholders}`. Throws INVALID_ARGUMENT. */
export function parsePodUrl(url: string): PodUrl {
  const { scheme, user, password, host, path, query } = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<host>[^/?#]*)(?<path>[^?#]*)(?:\?(?<query>[^#]*))?$/i.exec(url)?.groups ?? {};
  // What does not look like a host may be a part of a password with a '/' in it: it is not repeated.
  if (scheme === undefined || host === undefined || !HOST.test(host.replace(PLACEHOLDER, ''))) throw new TowlineError('INVALID_ARGUMENT', "this is no URL of a pod remote; in a user name and a password '/', '?', '#', ':' and '@' are written as %2F, %3F, %23, %3A and %40", { hint: 'For example: s3://bucket/?access_key_id={access_key_id}&secret_access_key={secret_access_key}', context: { usage: true } });
  const pairs = (query ?? '').split('&').filter((pair) => pair !== '').map((pair): [string, string] => {
    const [key = '', ...rest] = pair.split('=');
    return [key, rest.join('=')];
  });
  return { scheme: scheme.toLowerCase(), ...(user !== undefined && { user }), ...(password !== undefined && { password }), host, path: (path ?? '').replace(/^\/+|\/+$/g, ''), query: new Map(pairs) };
}

/** Which variables fill which placeholder; both spellings, as LocalStack takes them. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  access_key_id: ['AWS_ACCESS_KEY_ID'], secret_access_key: ['AWS_SECRET_ACCESS_KEY'], session_token: ['AWS_SESSION_TOKEN'],
  oras_username: ['ORAS_USERNAME', 'oras_username'], oras_password: ['ORAS_PASSWORD', 'oras_password'],
};
/** Those that may be missing: then whoever logs in looks elsewhere, or is nobody. */
const LEFT_TO_LOGIN: ReadonlySet<string> = new Set(Object.keys(VARIABLES));

/**
 * The text with its placeholders filled in from the environment: `{access_key_id}` and LocalStack's others, `{env:NAME}`, and `{name}` by NAME or name.
 * Undefined where one of LocalStack's has no value, so that the credential chain decides. `{{` and `}}` are braces. Throws INVALID_CONFIG for any other without a value.
 */
export function filledIn(text: string, env: Environment): string | undefined {
  let isLeft = false;
  const filled = text.replace(/\{\{|\}\}|\{(env:)?([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, prefix: string | undefined, name: string | undefined) => {
    if (name === undefined) return whole.charAt(0);
    const value = (prefix === undefined ? (VARIABLES[name] ?? [name.toUpperCase(), name]) : [name]).map((one) => env[one]).find((one) => one !== undefined && one !== '');
    if (value !== undefined) return value;
    if (!LEFT_TO_LOGIN.has(name)) throw new TowlineError('INVALID_CONFIG', `Missing parameters for cloud pod remote URL template: ${whole}`, { hint: `Set ${prefix === undefined ? name.toUpperCase() : name} in the environment.` });
    isLeft = true;
    return '';
  });
  return isLeft ? undefined : filled;
}

const SECRET_KEYS = /^(?:access_key_id|secret_access_key|session_token|password|token|account_key|sas_token)$/i;
/** True for placeholders and nothing else: what stands beside one may be a secret. */
export const isTemplate = (text: string): boolean => text !== '' && text.replace(PLACEHOLDER, '') === '';

/** True where a URL holds a secret itself, not the name of one. */
export function holdsSecret(url: string): boolean {
  const { password, query } = parsePodUrl(url);
  return [...(password === undefined ? [] : [password]), ...[...query].filter(([key]) => SECRET_KEYS.test(key)).map(([, value]) => value)].some((value) => value !== '' && !isTemplate(value));
}

/** The URL as people may see it: placeholders as they are, secrets as `***`. */
export function shownPodUrl(url: string): string {
  const userInfo = /(?<=:\/\/[^:@/?#]*:)[^@/?#]*(?=@)/;
  return url
    .replace(userInfo, (password) => (isTemplate(password) ? password : '***'))
    .replace(/(?<=[?&])[^=&#]+=[^&#]+/g, (pair) => {
      const key = pair.slice(0, pair.indexOf('='));
      return SECRET_KEYS.test(key) && !isTemplate(pair.slice(key.length + 1)) ? `${key}=***` : pair;
    });
}

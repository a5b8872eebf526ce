/** Query parameters that hold a secret by themselves or open something with the rest of the URL. */
const SECRET_PARAMETER = /^(sig|signature|.*[-_]signature|.*credential|.*token|.*secret.*|.*password|passwd|pwd|key|api[-_]?key|.*access[-_]?key(id)?|code|auth|authorization|delegation|ossaccesskeyid|googleaccessid|client_id|upload_id|assertion)$/i;
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'www-authenticate', 'authentication-info',
  'x-amz-security-token', 'x-amz-server-side-encryption-customer-key', 'x-amz-copy-source-server-side-encryption-customer-key',
  'x-amz-server-side-encryption-context', 'x-ms-encryption-key', 'x-ms-copy-source-authorization', 'x-goog-encryption-key', 'x-oss-security-token', 'x-auth-token', 'x-api-key', 'private-token', 'job-token',
]);
const SECRET_HEADER = /authorization|token|secret|password|api-?key|customer-key$|encryption-key$/;
const URL_HEADERS: ReadonlySet<string> = new Set(['location', 'content-location', 'referer', 'x-amz-copy-source', 'x-ms-copy-source', 'destination', 'link']);
const HIDDEN = '***';

/** A URL as it may be shown: no user info, `***` for the value of every parameter that may be a secret. Text that is no URL is treated alike. */
export function redactUrl(url: URL | string): string {
  return String(url)
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${HIDDEN}@`)
    .replace(/([?&;])([^=&;#]+)=([^&;#]*)/g, (whole, mark: string, name: string) => (SECRET_PARAMETER.test(decoded(name)) ? `${mark}${name}=${HIDDEN}` : whole));
}

/** A header's value as it may be shown. */
export function redactHeader(name: string, value: string): string {
  const lower = name.toLowerCase();
  if (SECRET_HEADERS.has(lower) || (SECRET_HEADER.test(lower) && !lower.endsWith('-md5'))) return HIDDEN;
  return URL_HEADERS.has(lower) ? redactUrl(value) : value;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

import { createHash, createHmac } from 'node:crypto';
import { OssFault, type RawRequest } from './oss-fake-answers.ts';

/** Somebody who may come in. */
export interface Account {
  readonly keyId: string;
  readonly keySecret: string;
  /** Of temporary keys: without it they are nobody's. */
  readonly token?: string;
  readonly isExpired?: boolean;
}
/** What a signature is checked against. Written from Alibaba's description and not from the driver, which it judges. */
export interface SignatureFacts {
  readonly accounts: readonly Account[];
  readonly region: string;
  readonly now: number;
  readonly bucket: string | undefined;
  /** Decoded; undefined for a request about the bucket. */
  readonly key: string | undefined;
  /** 'v4': the old signature is refused, as it is for new accounts. */
  readonly accepts: 'both' | 'v4';
}

const SKEW_MS = 15 * 60 * 1000;
/** https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header, as in oss2. */
const SUBRESOURCES: ReadonlySet<string> = new Set((
  'response-content-type response-content-language response-cache-control logging response-content-encoding acl uploadId uploads partNumber group link delete website location objectInfo '
  + 'objectMeta response-expires response-content-disposition cors lifecycle restore qos referer stat bucketInfo append position security-token live comp status vod startTime endTime '
  + 'x-oss-process symlink callback callback-var tagging encryption versions versioning versionId policy requestPayment continuation-token worm').split(' '));

/** The account that signed; undefined when nobody did. Throws what OSS answers to a wrong signature. */
export function authenticate(request: RawRequest, facts: SignatureFacts): Account | undefined {
  const { authorization } = request.headers;
  const query = parametersOf(request.target);
  if (authorization?.startsWith('OSS4-HMAC-SHA256 ')) return checkV4(request, facts, headerProof(authorization, request));
  if (authorization?.startsWith('OSS ')) return checkV1(request, facts, v1Proof(authorization, request));
  if (authorization !== undefined) throw new OssFault(400, 'InvalidArgument', { message: 'Unsupported authorization type' });
  if (query.get('x-oss-signature-version') === 'OSS4-HMAC-SHA256') return checkV4(request, facts, queryProof(query));
  if (query.has('OSSAccessKeyId')) return checkV1(request, facts, v1QueryProof(query, facts));
  return undefined;
}

interface Proof {
  readonly keyId: string;
  readonly signature: string;
  /** The text that stands for the time in what is signed. */
  readonly date: string;
  readonly token: string | undefined;
}
interface V4Proof extends Proof {
  readonly scope: string;
  readonly additional: readonly string[];
  readonly ends?: number;
}

function checkV1(request: RawRequest, facts: SignatureFacts, proof: Proof): Account {
  if (facts.accepts === 'v4') throw new OssFault(403, 'AccessDenied', { message: 'The signature version V1 is not supported for this account, please use V4.' });
  const account = accountOf(proof, facts);
  const { headers } = request;
  const own = Object.keys(headers).filter((name) => name.startsWith('x-oss-')).sort().map((name) => `${name}:${headers[name] ?? ''}\n`).join('');
  const signed = [...parametersOf(request.target)].filter(([name]) => SUBRESOURCES.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const resource = `/${facts.bucket === undefined ? '' : `${facts.bucket}/`}${facts.key ?? ''}${signed.length === 0 ? '' : `?${signed.join('&')}`}`;
  const text = [request.method, headers['content-md5'] ?? '', headers['content-type'] ?? '', proof.date, own + resource].join('\n');
  return requireSame(createHmac('sha1', account.keySecret).update(text).digest('base64'), { proof, account, text });
}

function v1Proof(authorization: string, { headers }: RawRequest): Proof & { readonly at: number } {
  const [, keyId = '', signature = ''] = /^OSS ([^:]+):(.+)$/.exec(authorization) ?? [];
  const date = headers['x-oss-date'] ?? headers['date'] ?? '';
  return { keyId, signature, date, token: headers['x-oss-security-token'], at: Date.parse(date) };
}

function v1QueryProof(query: ReadonlyMap<string, string>, { now }: SignatureFacts): Proof {
  const date = query.get('Expires') ?? '';
  if (!(Number(date) * 1000 > now)) throw new OssFault(403, 'AccessDenied', { message: 'Request has expired.' });
  return { keyId: query.get('OSSAccessKeyId') ?? '', signature: query.get('Signature') ?? '', date, token: query.get('security-token') };
}

function checkV4(request: RawRequest, facts: SignatureFacts, proof: V4Proof): Account {
  const [day, region, product, end] = proof.scope.split('/');
  if (product !== 'oss' || end !== 'aliyun_v4_request' || day !== proof.date.slice(0, 8)) throw new OssFault(400, 'InvalidArgument', { message: 'Invalid credential scope.' });
  if (region !== facts.region) throw new OssFault(400, 'InvalidArgument', { message: 'Invalid signing region in Authorization header.', EC: '0002-00000225' });
  const account = accountOf(proof, facts);
  const at = Date.parse(proof.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (proof.ends === undefined ? !(Math.abs(at - facts.now) < SKEW_MS) : !(at + proof.ends * 1000 > facts.now)) throw tooSkewed(proof.ends !== undefined);
  const canonical = canonicalRequest(request, facts, proof.additional);
  const text = `OSS4-HMAC-SHA256\n${proof.date}\n${proof.scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const key = [day, region, product, end].reduce<Buffer>((secret, part) => createHmac('sha256', secret).update(part ?? '').digest(), Buffer.from(`aliyun_v4${account.keySecret}`));
  return requireSame(createHmac('sha256', key).update(text).digest('hex'), { proof, account, text: canonical });
}

function canonicalRequest({ method, target, headers }: RawRequest, { bucket, key }: SignatureFacts, additional: readonly string[]): string {
  const names = Object.keys(headers).filter((name) => name.startsWith('x-oss-') || name === 'content-type' || name === 'content-md5' || additional.includes(name)).sort();
  const query = [...parametersOf(target)].filter(([name]) => name !== 'x-oss-signature').map(([name, value]) => [strict(name), strict(value)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const path = `/${bucket === undefined ? '' : `${bucket}/`}${key ?? ''}`;
  return [
    method, path.split('/').map(strict).join('/'), query.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&'),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim()}`), '', additional.join(';'), headers['x-oss-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
  ].join('\n');
}

function headerProof(authorization: string, { headers }: RawRequest): V4Proof {
  const fields = new Map(authorization.slice('OSS4-HMAC-SHA256 '.length).split(',').map((part) => {
    const [name = '', ...value] = part.trim().split('=');
    return [name, value.join('=')] as const;
  }));
  if (headers['x-oss-content-sha256'] !== 'UNSIGNED-PAYLOAD') throw new OssFault(400, 'InvalidArgument', { message: 'x-oss-content-sha256 must be UNSIGNED-PAYLOAD.' });
  const credential = fields.get('Credential') ?? '';
  const additional = fields.get('AdditionalHeaders') ?? '';
  return {
    keyId: credential.split('/')[0] ?? '', scope: credential.split('/').slice(1).join('/'), signature: fields.get('Signature') ?? '',
    date: headers['x-oss-date'] ?? '', token: headers['x-oss-security-token'], additional: additional === '' ? [] : additional.split(';'),
  };
}

function queryProof(query: ReadonlyMap<string, string>): V4Proof {
  const credential = query.get('x-oss-credential') ?? '';
  const additional = query.get('x-oss-additional-headers') ?? '';
  return {
    keyId: credential.split('/')[0] ?? '', scope: credential.split('/').slice(1).join('/'), signature: query.get('x-oss-signature') ?? '', date: query.get('x-oss-date') ?? '',
    token: query.get('x-oss-security-token'), additional: additional === '' ? [] : additional.split(';'), ends: Number(query.get('x-oss-expires')),
  };
}

function accountOf({ keyId, token, ...proof }: Proof & { readonly at?: number }, { accounts, now }: SignatureFacts): Account {
  const account = accounts.find((one) => one.keyId === keyId);
  if (account === undefined || (account.token !== undefined && token === undefined)) throw new OssFault(403, 'InvalidAccessKeyId', { message: 'The OSS Access Key Id you provided does not exist in our records.', OSSAccessKeyId: keyId });
  if (account.token !== token) throw new OssFault(403, 'InvalidSecurityToken', { message: 'The security token you provided is invalid.' });
  if (account.isExpired === true) throw new OssFault(403, 'SecurityTokenExpired', { message: 'The security token you provided has expired.' });
  if (proof.at !== undefined && !(Math.abs(proof.at - now) < SKEW_MS)) throw tooSkewed(false);
  return account;
}

const tooSkewed = (isUrl: boolean): OssFault => (isUrl ? new OssFault(403, 'AccessDenied', { message: 'Request has expired.' }) : new OssFault(403, 'RequestTimeTooSkewed', { message: 'The difference between the request time and the current time is too large.' }));

function requireSame(expected: string, { proof, account, text }: { readonly proof: Proof; readonly account: Account; readonly text: string }): Account {
  if (proof.signature === expected) return account;
  throw new OssFault(403, 'SignatureDoesNotMatch', { message: 'The request signature we calculated does not match the signature you provided. Check your key and signing method.', StringToSign: text, SignatureProvided: proof.signature });
}

/** The decoded parameters of a target; a name alone has ''. */
export function parametersOf(target: string): ReadonlyMap<string, string> {
  const mark = target.indexOf('?');
  const pairs = mark < 0 || mark === target.length - 1 ? [] : target.slice(mark + 1).split('&');
  return new Map(pairs.map((pair) => {
    const [name = '', ...value] = pair.split('=');
    // ali-oss writes blanks of a query as '+' in some requests and as %20 in others.
    return [decodeURIComponent(name.replaceAll('+', ' ')), decodeURIComponent(value.join('=').replaceAll('+', ' '))] as const;
  }));
}

const strict = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

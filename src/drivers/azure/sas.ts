import type { Endpoint } from './endpoint.ts';
import { hmac } from './shared-key.ts';

/** The version of the protocol that is spoken, and that signatures are made for. */
export const VERSION = '2021-12-02';

/** What a signed address allows. */
export interface Grant {
  readonly account: string;
  readonly container: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** In the service's order: 'r', 'cw'. */
  readonly permissions: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly endpoint: Endpoint;
}
/** What the service lends an identity to sign addresses with: the fields of its answer. */
export interface DelegationKey {
  readonly oid: string;
  readonly tid: string;
  readonly start: string;
  readonly expiry: string;
  readonly service: string;
  readonly version: string;
  readonly value: Buffer;
}

/** The query of an address signed by the account's key. https://learn.microsoft.com/rest/api/storageservices/create-service-sas, version 2020-12-06 and later. */
export function serviceSas(grant: Grant, key: Uint8Array): string {
  const { expiry, resource, protocol, kind, snapshot } = fieldsOf(grant);
  const text = [grant.permissions, '', expiry, resource, '', '', protocol, VERSION, kind, snapshot, '', '', '', '', '', ''].join('\n');
  return encode({ sp: grant.permissions, se: expiry, spr: protocol, sv: VERSION, sr: kind, sig: hmac(key, text) });
}

/** The same by a key lent to an identity. https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas, version 2020-12-06 and later. */
export function delegatedSas(grant: Grant, key: DelegationKey): string {
  const { expiry, resource, protocol, kind, snapshot } = fieldsOf(grant);
  const lent = [key.oid, key.tid, key.start, key.expiry, key.service, key.version];
  const text = [grant.permissions, '', expiry, resource, ...lent, '', '', '', '', protocol, VERSION, kind, snapshot, '', '', '', '', '', ''].join('\n');
  return encode({
    sp: grant.permissions, se: expiry, skoid: key.oid, sktid: key.tid, skt: key.start, ske: key.expiry, sks: key.service, skv: key.version, spr: protocol, sv: VERSION, sr: kind, sig: hmac(key.value, text),
  });
}

function fieldsOf({ account, container, key, versionId, expiresAt, endpoint }: Grant): { readonly expiry: string; readonly resource: string; readonly protocol: string; readonly kind: string; readonly snapshot: string } {
  return {
    expiry: isoSeconds(expiresAt), resource: `/blob/${account}/${container}/${key}`, protocol: endpoint.isSecure ? 'https' : 'https,http',
    kind: versionId === undefined ? 'b' : 'bv', snapshot: versionId ?? '',
  };
}

/** As the service writes times into signatures. */
export const isoSeconds = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');

const encode = (fields: Readonly<Record<string, string>>): string => Object.entries(fields).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');

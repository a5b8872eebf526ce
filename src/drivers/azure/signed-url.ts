import { TowlineError } from '../../errors.ts';
import { readFields } from '../../http/xml.ts';
import type { AzureClient } from './client.ts';
import { type DelegationKey, delegatedSas, type Grant, isoSeconds, serviceSas } from './sas.ts';
import type { Session } from './session.ts';

/** A key lent to an identity ends at the latest so long after it was asked for. */
const DELEGATION_LIMIT_SECONDS = 7 * 24 * 3600;
const ANSWER_BYTES = 64 * 1024;
/** Clocks that differ a little must not make a key that is not valid yet. */
const SLACK_MILLISECONDS = 300_000;

export interface Signing {
  readonly key: string;
  /** Default: that of the remote. */
  readonly container?: string;
  readonly versionId?: string | undefined;
  readonly permissions: string;
  readonly expiresInSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** The address of a blob with a signature of our own in it; undefined where this login has nothing to sign with. */
export async function signedUrl({ client, opening }: Session, { key, container = client.settings.container, versionId, permissions, expiresInSeconds, signal }: Signing): Promise<string | undefined> {
  const { account, endpoint, login } = client.settings;
  const grant: Grant = { account, container, key, versionId, permissions, endpoint, expiresAt: opening.now() + expiresInSeconds * 1000 };
  const base = `${client.urlOf(key, container)}?${versionId === undefined ? '' : `versionid=${encodeURIComponent(versionId)}&`}`;
  if (login.kind === 'key') return base + serviceSas(grant, login.key);
  if (login.kind !== 'principal' && login.kind !== 'default') return undefined;
  if (expiresInSeconds > DELEGATION_LIMIT_SECONDS) throw new TowlineError('INVALID_ARGUMENT', `An address signed for an identity lives 7 days at most, not ${expiresInSeconds} seconds`);
  return base + delegatedSas(grant, await delegationKey(client, { now: opening.now(), expiresAt: grant.expiresAt, signal }));
}

interface Span {
  readonly now: number;
  readonly expiresAt: number;
  readonly signal: AbortSignal | undefined;
}

async function delegationKey(client: AzureClient, { now, expiresAt, signal }: Span): Promise<DelegationKey> {
  const body = Buffer.from(`<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>${isoSeconds(now - SLACK_MILLISECONDS)}</Start><Expiry>${isoSeconds(expiresAt)}</Expiry></KeyInfo>`);
  const { text } = await client.ask({
    method: 'POST', of: 'account', verb: 'ask for a key to sign addresses in', query: { restype: 'service', comp: 'userdelegationkey' },
    headers: [['content-type', 'application/xml']], body: { size: body.byteLength, bytes: body, open: async function* () { yield body; } }, signal,
  }, ANSWER_BYTES);
  const { fields } = readFields(text.replace(/^\uFEFF/, ''));
  const read = (name: string): string => {
    const value = fields.get(name);
    if (!value) throw new TowlineError('CORRUPT', `${client.where(undefined)}: the service lent a key without ${name}`);
    return value;
  };
  return {
    oid: read('SignedOid'), tid: read('SignedTid'), start: read('SignedStart'), expiry: read('SignedExpiry'),
    service: read('SignedService'), version: read('SignedVersion'), value: Buffer.from(read('Value'), 'base64'),
  };
}

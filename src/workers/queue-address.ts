import { createHash } from 'node:crypto';
import { TowlineError } from '../errors.ts';
import { redactUrl } from '../http/redact.ts';
import type { ObjectDb } from '../odb/object-db.ts';
import type { Machine } from '../runtime.ts';

/** Where a queue is kept. */
export interface QueueAddress {
  readonly kind: 'redis' | 'postgres';
  /** With its secrets. */
  readonly url: string;
  readonly displayUrl: string;
}

const KINDS: Readonly<Record<string, QueueAddress['kind']>> = { 'redis:': 'redis', 'rediss:': 'redis', 'postgres:': 'postgres', 'postgresql:': 'postgres' };

/** Reads `redis://host:6379/0`, `rediss://`, `postgres://user@host/database`. A password may come from TOW_WORKERS_PASSWORD, because every user of a machine sees command lines. Throws INVALID_ARGUMENT. */
export function parseQueueAddress(text: string, { env }: Pick<Machine, 'env'>): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const kind = url && KINDS[url.protocol];
  if (!url || !kind) {
    throw new TowlineError('INVALID_ARGUMENT', `expected the URL of a Redis or PostgreSQL server, such as 'redis://host:6379', got '${redactUrl(text)}'`, { context: { usage: true } });
  }
  const password = env['TOW_WORKERS_PASSWORD'];
  if (url.password === '' && password !== undefined) url.password = password;
  return { kind, url: url.href, displayUrl: redactUrl(text) };
}

/** The queue of a remote: whoever pushes to the same place has the same one. What the place is called is nobody's business who sees the queue. */
export function queueNameOf({ displayUrl }: Pick<ObjectDb, 'displayUrl'>): string {
  return `tow-${createHash('sha256').update(JSON.stringify(['push', displayUrl])).digest('hex').slice(0, 32)}`;
}

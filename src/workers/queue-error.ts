import { type ErrorCode, TowlineError } from '../errors.ts';
import type { QueueAddress } from './queue-address.ts';

/** The words that servers put first, and the codes of PostgreSQL and of the net. */
const CODES: Readonly<Record<string, readonly [code: ErrorCode, words: string]>> = {
  ECONNREFUSED: ['UNAVAILABLE', 'nothing listens there'],
  ENOTFOUND: ['UNAVAILABLE', 'there is no such host'],
  EAI_AGAIN: ['UNAVAILABLE', 'the name of the host cannot be looked up now'],
  ETIMEDOUT: ['UNAVAILABLE', 'it does not answer'],
  ECONNRESET: ['UNAVAILABLE', 'the connection was cut'],
  WRONGPASS: ['UNAUTHENTICATED', 'it refuses the password'],
  NOAUTH: ['UNAUTHENTICATED', 'it wants a password'],
  NOPERM: ['PERMISSION_DENIED', 'the user may not use queues there'],
  '28P01': ['UNAUTHENTICATED', 'it refuses the password'],
  '28000': ['UNAUTHENTICATED', 'it refuses the user'],
  '3D000': ['NOT_FOUND', 'there is no such database'],
  '42501': ['PERMISSION_DENIED', "the user may not make BullMQ's tables there"],
};
const HINTS: Partial<Record<ErrorCode, string>> = {
  UNAVAILABLE: 'Is the URL right, and does the server run?',
  UNAUTHENTICATED: 'Give user and password in the URL, or the password as TOW_WORKERS_PASSWORD.',
  PERMISSION_DENIED: "Let somebody who may run 'tow worker' there once: it makes the tables.",
};

/** An error of the server or of its client in our words. It is not kept as the cause: ioredis notes the command in it, and with that the password. */
export function queueError({ displayUrl }: Pick<QueueAddress, 'displayUrl'>, error: unknown): TowlineError {
  if (error instanceof TowlineError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : (/^[A-Z]+/.exec(text)?.[0] ?? '');
  const [kind, words] = CODES[code] ?? (/password/i.test(text) ? CODES['NOAUTH'] : undefined) ?? ['UNAVAILABLE', text === '' ? code : text];
  const hint = HINTS[kind];
  return new TowlineError(kind, `the queue at '${displayUrl}' cannot be used: ${words}`, { retryable: kind === 'UNAVAILABLE', ...(hint !== undefined && { hint }), context: { queue: displayUrl } });
}

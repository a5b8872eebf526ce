import type { ErrorCode } from '../../../src/errors.ts';
import type { HttpFault, RawFault } from './fault.ts';
import type { OperationName } from './operations.ts';

/** What must come of it. 'success': the fault was one that a repetition mends. 'failure': an error of one of these codes. 'either': success with all right, or such an error. */
export interface Expected { readonly outcome: 'success' | 'failure' | 'either'; readonly codes: readonly ErrorCode[] }
export interface WireCase<F> extends Expected {
  readonly name: string;
  readonly fault: F;
  readonly times: 'once' | 'always';
  readonly operations: readonly OperationName[];
}

const EVERY: readonly OperationName[] = ['stat', 'fetch', 'push', 'list', 'delete'];
const READS: readonly OperationName[] = ['stat', 'fetch', 'list'];
const DOWN: readonly ErrorCode[] = ['UNAVAILABLE', 'TIMEOUT'];
const BUSY: readonly ErrorCode[] = ['UNAVAILABLE', 'RATE_LIMITED'];
const LOGIN: readonly ErrorCode[] = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];
/** An answer that is none. A proxy that sends it may be mended, so a driver may call it unavailable, too. */
const NONSENSE: readonly ErrorCode[] = ['CORRUPT', 'UNAVAILABLE', 'TIMEOUT', 'INVALID_ARGUMENT', 'UNKNOWN', 'NOT_FOUND', 'UNSUPPORTED', 'UNAUTHENTICATED', 'PERMISSION_DENIED', 'INVALID_CONFIG'];

const mended = { times: 'once', outcome: 'success', codes: [] } as const;
const lasting = (codes: readonly ErrorCode[]) => ({ times: 'always', outcome: 'failure', codes }) as const;
const whatever = (codes: readonly ErrorCode[]) => ({ times: 'always', outcome: 'either', codes }) as const;

const status = (line: string, headers: readonly string[] = [], body = ''): HttpFault =>
  ({ kind: 'answer', text: [`HTTP/1.1 ${line}`, 'connection: close', `content-length: ${body.length}`, ...headers, '', body].join('\r\n') });
const flood = (head: string, repeat: string): HttpFault => ({ kind: 'answer', text: head, repeat, most: 64 * 2 ** 20 });

/** Where a redirect leads: a host nobody trusts. */
export const ELSEWHERE = '127.0.0.2';
/** The faults of HTTP, each with the operations it is tried on. `elsewhere` is the port of the other host. */
export const httpCases = (elsewhere: number): readonly WireCase<HttpFault>[] => [
  { name: 'the connection is reset before the answer', fault: { kind: 'reset-answer', after: 0 }, operations: EVERY, ...mended },
  { name: 'it is reset before every answer', fault: { kind: 'reset-answer', after: 0 }, operations: EVERY, ...lasting(DOWN) },
  { name: 'it ends before the answer', fault: { kind: 'end-answer', after: 0 }, operations: EVERY, ...mended },
  { name: 'it is reset within the head', fault: { kind: 'reset-answer', after: 20 }, operations: EVERY, ...mended },
  { name: 'it ends within the head', fault: { kind: 'end-answer', after: 40 }, operations: EVERY, ...mended },
  { name: 'it is reset within the body', fault: { kind: 'reset-answer', after: 1500 }, operations: ['fetch'], ...mended },
  { name: 'it is reset deep within the body', fault: { kind: 'reset-answer', after: 100_000 }, operations: ['fetch'], ...mended },
  { name: 'it ends within the body', fault: { kind: 'end-answer', after: 100_000 }, operations: ['fetch'], ...mended },
  { name: 'every answer ends within its body', fault: { kind: 'end-answer', after: 5000 }, operations: ['fetch'], times: 'always', outcome: 'either', codes: [...DOWN, 'CORRUPT'] },
  { name: 'it is reset while the request is sent', fault: { kind: 'reset-request', after: 1000 }, operations: ['push'], ...mended },
  { name: 'every request is reset while it is sent', fault: { kind: 'reset-request', after: 1000 }, operations: ['push'], ...lasting(DOWN) },
  { name: '503 with Retry-After', fault: status('503 Slow Down', ['retry-after: 1']), operations: EVERY, ...mended },
  { name: '503 for ever', fault: status('503 Slow Down', ['retry-after: 1']), operations: EVERY, ...lasting(BUSY) },
  { name: '429', fault: status('429 Too Many Requests', ['retry-after: 0']), operations: EVERY, ...mended },
  { name: '429 for ever', fault: status('429 Too Many Requests'), operations: EVERY, ...lasting(BUSY) },
  { name: '500', fault: status('500 Internal Error'), operations: EVERY, ...mended },
  { name: '502 with a page', fault: status('502 Bad Gateway', ['content-type: text/html'], '<html><body>bad gateway</body></html>'), operations: EVERY, ...mended },
  { name: '504 for ever', fault: status('504 Gateway Timeout'), operations: EVERY, ...lasting(DOWN) },
  { name: 'the login has expired', fault: status('401 Unauthorized', ['www-authenticate: Bearer']), operations: EVERY, times: 'once', outcome: 'either', codes: LOGIN },
  { name: 'the login is refused for ever', fault: status('401 Unauthorized'), operations: EVERY, ...lasting(LOGIN) },
  { name: '403', fault: status('403 Forbidden'), operations: EVERY, ...lasting(LOGIN) },
  { name: 'a bit of the body is flipped', fault: { kind: 'flip', at: 70_000 }, operations: ['fetch'], times: 'once', outcome: 'either', codes: ['CORRUPT'] },
  { name: 'a bit of every body is flipped', fault: { kind: 'flip', at: 0 }, operations: ['fetch'], ...lasting(['CORRUPT', 'UNAVAILABLE', 'PRECONDITION_FAILED']) },
  { name: 'no answer comes', fault: { kind: 'stall', after: 0 }, operations: EVERY, ...mended },
  { name: 'the answer stops within the body', fault: { kind: 'stall', after: 20_000 }, operations: ['fetch'], ...mended },
  { name: 'no answer ever comes', fault: { kind: 'stall', after: 0 }, operations: ['stat', 'push'], ...lasting(DOWN) },
  { name: 'the answer comes byte by byte', fault: { kind: 'drip', bytes: 60 }, operations: EVERY, ...mended },
  { name: 'a redirect to another host', fault: status('307 Temporary Redirect', [`location: http://${ELSEWHERE}:${elsewhere}/stolen`]), operations: EVERY, ...whatever(NONSENSE) },
  { name: 'a permanent redirect to another host', fault: status('301 Moved Permanently', [`location: http://${ELSEWHERE}:${elsewhere}/stolen`]), operations: EVERY, ...whatever(NONSENSE) },
  { name: 'a redirect without an end', fault: status('302 Found', ['location: ?again']), operations: READS, ...whatever(NONSENSE) },
  { name: 'an answer without an end', fault: flood('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<?xml version="1.0"?>', '<a>'.repeat(4096)), operations: ['list'], ...whatever(NONSENSE) },
  { name: 'JSON nested without an end', fault: flood('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n', '['.repeat(4096)), operations: ['list'], ...whatever(NONSENSE) },
  { name: 'a head without an end', fault: flood('HTTP/1.1 200 OK\r\n', `x-flood: ${'y'.repeat(1000)}\r\n`), operations: EVERY, ...lasting([...DOWN, 'CORRUPT']) },
  { name: 'interim answers without an end', fault: { kind: 'answer', text: '', repeat: 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100), most: 2 ** 20 }, operations: ['stat', 'fetch'], ...lasting([...DOWN, 'CORRUPT']) },
  { name: 'something that is no HTTP', fault: { kind: 'answer', text: 'SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n' }, operations: EVERY, ...lasting([...DOWN, 'CORRUPT']) },
  { name: 'an empty answer', fault: status('200 OK'), operations: ['fetch', 'list'], times: 'always', outcome: 'failure', codes: NONSENSE },
  { name: 'a page of a portal', fault: status('200 OK', ['content-type: text/html'], '<html><body>Please log in</body></html>'), operations: ['fetch', 'list'], ...lasting(NONSENSE) },
  { name: 'a length that is too long', fault: { kind: 'length', add: 500 }, operations: ['fetch'], times: 'once', outcome: 'either', codes: [...DOWN, 'CORRUPT', 'PRECONDITION_FAILED'] },
  { name: 'a length that is too short', fault: { kind: 'length', add: -500 }, operations: ['fetch'], times: 'always', outcome: 'failure', codes: [...DOWN, 'CORRUPT'] },
];

const RAW: readonly ErrorCode[] = ['UNAVAILABLE', 'TIMEOUT', 'CORRUPT'];

/** The faults of connections that are no HTTP: at bytes that fall into greetings, key exchange, logins, names and data. */
export const rawCases: readonly WireCase<RawFault>[] = [
  ...(['reset', 'end', 'flip', 'stall'] as const).flatMap((kind) => (['server', 'client'] as const).flatMap((from) =>
    (kind === 'stall' ? [0, 1200, 30_000] : [0, 3, 200, 1200, 3000, 30_000, 120_000]).map((at) => ({
      name: `${kind} at byte ${at} from the ${from}`, fault: { kind, from, at }, times: 'once', outcome: 'either', codes: [...RAW, 'UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNKNOWN'], operations: ['fetch', 'push', 'list'],
    } as const)))),
  ...(['server', 'client'] as const).map((from) => ({ name: `flip at byte 100000 of every connection from the ${from}`, fault: { kind: 'flip', from, at: 100_000 }, operations: ['fetch', 'push'], ...lasting(RAW) } as const)),
];

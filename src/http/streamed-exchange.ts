import { type Agent, type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import type { TowlineError } from '../errors.ts';
import { IdleError } from './connection-error.ts';
import { abortedError } from './on-abort.ts';
import { BodyQueue } from './body-queue.ts';
import { wrongSize } from './send-body.ts';
import type { HttpBody, HttpRequest, HttpResponse } from './transport.ts';

/** How an exchange on node:http is made. */
export interface StreamedSettings {
  readonly agent: Agent;
  readonly host: string;
  readonly port: number;
  /** The absolute URL where a proxy is asked, else path and query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly idleTimeoutSeconds: number;
  readonly maxHeaderBytes: number;
  /** Ask first: the body goes when the server says 100, or when it says nothing for a second. */
  readonly expectContinue: boolean;
  /** Called when the second passed in silence. */
  readonly onExpectationIgnored: () => void;
  readonly translate: (error: unknown) => TowlineError;
}
/** A failure before the answer, with what decides whether it may be tried again at once. */
export interface StreamedFailure {
  readonly error: unknown;
  readonly onUsedConnection: boolean;
}

/** How long a server may think about `Expect: 100-continue` (curl waits as long). */
const EXPECT_MILLISECONDS = 1000;
/** One write: larger ones make a TLS connection hold all of its cipher text in memory. */
const MAX_WRITE = 256 * 1024;

/**
 * One exchange on node:http. It is for bodies that do not leave in one write: undici takes no `Expect`, treats an
 * answer 100 as an error, and asks for the next chunk while the last is not yet with the kernel, which this waits for.
 */
export function sendStreamed(request: HttpRequest, settings: StreamedSettings): Promise<HttpResponse | StreamedFailure> {
  return new Promise((resolve) => {
    const client = startRequest({
      method: request.method, host: settings.host, port: settings.port, path: settings.path, agent: settings.agent, setHost: false,
      headers: settings.headers.flat(), maxHeaderSize: settings.maxHeaderBytes,
    });
    const state: State = { isSending: false, isWriting: false, hasAnswer: false };
    const onSignal = (): void => void client.destroy(abortedError(request));
    request.signal?.addEventListener('abort', onSignal, { once: true });
    client.on('close', () => request.signal?.removeEventListener('abort', onSignal));
    client.on('error', (error) => resolve({ error: state.sourceError ?? error, onUsedConnection: client.reusedSocket }));
    client.on('response', (message: IncomingMessage) => {
      state.hasAnswer = true;
      state.answer = message;
      resolve(answerOf(message, { request, client, settings }));
    });
    watchIdle(client, state, settings.idleTimeoutSeconds);
    startBody(client, state, { request, settings });
  });
}

interface State {
  isSending: boolean;
  isWriting: boolean;
  hasAnswer: boolean;
  answer?: IncomingMessage;
  sourceError?: unknown;
}

/** Silence counts when we wait for the other side: not while our source or the reader of the answer takes its time. */
function watchIdle(client: ClientRequest, state: State, seconds: number): void {
  client.setTimeout(seconds * 1000, () => {
    const waitsForSource = state.isSending && !state.isWriting;
    const waitsForReader = state.answer?.isPaused() === true;
    if (!waitsForSource && !waitsForReader) client.destroy(new IdleError(`nothing moved for ${seconds} s`));
  });
}

function startBody(client: ClientRequest, state: State, { request, settings }: { readonly request: HttpRequest; readonly settings: StreamedSettings }): void {
  const { body } = request;
  if (!body) {
    client.end();
    return;
  }
  const start = (): void => {
    if (state.isSending || state.hasAnswer) return;
    state.isSending = true;
    pump(client, body, state).catch((error: unknown) => {
      state.sourceError = error;
      client.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  };
  if (!settings.expectContinue) {
    start();
    return;
  }
  client.on('continue', start);
  client.on('finish', () => clearTimeout(timer)).on('close', () => clearTimeout(timer));
  let timer: NodeJS.Timeout | undefined;
  // The second begins when the head has left, not while a connection is being made.
  client.on('socket', (socket) => {
    const wait = (): void => {
      timer = setTimeout(() => {
        if (!state.isSending && !state.hasAnswer) settings.onExpectationIgnored();
        start();
      }, EXPECT_MILLISECONDS);
    };
    if (socket.connecting) socket.once('connect', wait);
    else wait();
  });
  client.flushHeaders();
}

async function pump(client: ClientRequest, body: HttpBody, state: State): Promise<void> {
  let sent = 0;
  for await (const chunk of body.bytes ? [body.bytes] : body.open()) {
    for (let at = 0; at < chunk.byteLength; at += MAX_WRITE) {
      if (state.hasAnswer || client.destroyed) return;
      const piece = chunk.subarray(at, at + MAX_WRITE);
      sent += piece.byteLength;
      if (body.size !== undefined && sent > body.size) throw wrongSize(body.size, sent);
      state.isWriting = true;
      await written(client, piece);
      state.isWriting = false;
    }
  }
  if (body.size !== undefined && sent !== body.size) throw wrongSize(body.size, sent);
  if (!state.hasAnswer) client.end();
}

/** The bytes are the source's again only after the callback: it may reuse them for the next chunk. */
function written(client: ClientRequest, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    // A failed write is the connection's failure: 'error' of the request reports it.
    client.once('close', resolve);
    client.write(piece, () => {
      client.off('close', resolve);
      resolve();
    });
  });
}

interface Parts {
  readonly request: HttpRequest;
  readonly client: ClientRequest;
  readonly settings: StreamedSettings;
}

function answerOf(message: IncomingMessage, { request, client, settings }: Parts): HttpResponse {
  const length = message.headers['content-length'];
  const body = new BodyQueue({ resume: () => void message.resume(), abandon: () => void client.destroy() }, length === undefined ? undefined : Number(length));
  message.on('data', (chunk: Uint8Array) => {
    if (!body.push(chunk)) message.pause();
  });
  message.on('end', () => {
    if (!message.complete) return;
    body.end();
    // The rest of our body is neither sent nor wanted, so nothing else can follow on this connection.
    if (!client.writableFinished) client.destroy();
  });
  const fail = (error: unknown): void => body.fail(request.signal?.aborted === true ? abortedError(request) : settings.translate(error));
  message.on('error', fail);
  message.on('close', () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  client.on('error', fail);
  return {
    status: message.statusCode ?? 0,
    url: request.url,
    header: (name) => joined(message, name),
    *headers() {
      const raw = message.rawHeaders;
      for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index] ?? '', raw[index + 1] ?? ''] as const;
    },
    body,
    cancel: () => body.cancel(),
  };
}

/** Node's own joined form drops repeated headers of some names. */
function joined(message: IncomingMessage, name: string): string | undefined {
  return message.headersDistinct[name.toLowerCase()]?.join(', ');
}

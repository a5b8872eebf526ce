import type { AnswerHead } from './answer-head.ts';
import { BodyQueue } from './body-queue.ts';
import type { Connection, Served } from './connection.ts';
import type { ConnectionPool, Waiter } from './connection-pool.ts';
import { abortedError, onAbort } from './on-abort.ts';
import { sendBody } from './send-body.ts';
import type { HttpBody, HttpRequest, HttpResponse } from './transport.ts';

/** What is sent, ready for the wire. */
export interface Outgoing {
  readonly head: string;
  /** A body that leaves in one write with the head. */
  readonly bytes?: Uint8Array | undefined;
  /** One that is sent piece by piece. */
  readonly streamed?: HttpBody | undefined;
  /** The body goes when the server says 100, or when it says nothing for a second, which calls this. */
  readonly onExpectationIgnored?: (() => void) | undefined;
}
/** What becomes of an exchange before there is an answer; later failures reach the reader of the body. */
export interface Outcome {
  resolve(response: HttpResponse): void;
  reject(error: unknown, isStale: boolean): void;
  /** Puts an error of a connection into our words. */
  translate(error: unknown): Error;
}

/** How long a server may think about `Expect: 100-continue` (curl waits as long). */
const EXPECT_MILLISECONDS = 1000;

/** One exchange on a connection, and at the same time its answer, because an object costs little and two cost more. */
export class SocketExchange implements HttpResponse, Served, Waiter {
  status = 0;
  readonly #request: HttpRequest;
  readonly #outgoing: Outgoing;
  readonly #outcome: Outcome;
  readonly #pool: ConnectionPool;
  #connection: Connection | undefined;
  #head: AnswerHead | undefined;
  #body: BodyQueue | undefined;
  #unlink: (() => void) | undefined;
  #expecting: NodeJS.Timeout | undefined;

  constructor(request: HttpRequest, outgoing: Outgoing, { outcome, pool }: { readonly outcome: Outcome; readonly pool: ConnectionPool }) {
    this.#request = request;
    this.#outgoing = outgoing;
    this.#outcome = outcome;
    this.#pool = pool;
    if (request.signal) this.#unlink = onAbort(request.signal, () => { this.#stop(abortedError(request)); });
    pool.acquire(this);
  }

  get method(): string {
    return this.#request.method;
  }

  get url(): URL {
    return this.#request.url;
  }

  get body(): BodyQueue {
    return (this.#body ??= new BodyQueue(NO_FLOW, 0));
  }

  header(name: string): string | undefined {
    return this.#head?.header(name.toLowerCase());
  }

  headers(): Iterable<readonly [name: string, value: string]> {
    return this.#head?.headers() ?? [];
  }

  arrived(): Uint8Array | undefined {
    return this.body.takeAll();
  }

  cancel(): void {
    this.body.cancel();
  }

  onConnection(connection: Connection): void {
    this.#connection = connection;
    const { head, bytes, streamed, onExpectationIgnored } = this.#outgoing;
    connection.begin(this);
    connection.isSending = streamed !== undefined;
    connection.write(head, bytes);
    if (streamed === undefined) return;
    if (onExpectationIgnored === undefined) this.#send();
    else this.#expecting = setTimeout(() => { onExpectationIgnored(); this.#send(); }, EXPECT_MILLISECONDS);
  }

  onRefused(error: unknown): void {
    this.#settle();
    this.#outcome.reject(error, false);
  }

  onNews(status: number): void {
    if (status === 100 && this.#expecting !== undefined) this.#send();
  }

  onAnswer(head: AnswerHead, size: number | undefined): BodyQueue {
    clearTimeout(this.#expecting);
    this.status = head.status;
    this.#head = head;
    this.#body = new BodyQueue(this.#connection ?? NO_FLOW, size);
    this.#outcome.resolve(this);
    return this.#body;
  }

  onEnd(): void {
    this.#settle();
  }

  onFailure(error: unknown, isStale: boolean): void {
    this.#settle();
    if (this.#head === undefined) this.#outcome.reject(error, isStale);
    else this.#body?.fail(this.#outcome.translate(error));
  }

  #send(): void {
    clearTimeout(this.#expecting);
    this.#expecting = undefined;
    const connection = this.#connection;
    const body = this.#outgoing.streamed;
    if (connection === undefined || body === undefined) return;
    connection.awaits = 'source';
    sendBody(connection, body, () => this.#head !== undefined).catch((error: unknown) => { this.#stop(error); });
  }

  /** Ends it from our side: given up by its caller, or without the rest of its body. */
  #stop(error: unknown): void {
    this.#settle();
    this.#pool.forget(this);
    if (this.#head === undefined) this.#outcome.reject(error, false);
    else this.#body?.fail(error);
    this.#connection?.destroy();
  }

  #settle(): void {
    clearTimeout(this.#expecting);
    this.#unlink?.();
    this.#unlink = undefined;
  }
}

const NO_FLOW = { resume: () => undefined, abandon: () => undefined };

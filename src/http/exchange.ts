import type { Dispatcher } from 'undici';
import { TowlineError } from '../errors.ts';
import { BodyQueue } from './body-queue.ts';
import { abortedError } from './on-abort.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

/** What becomes of an exchange before there is an answer. */
export interface Outcome {
  resolve(response: HttpResponse): void;
  /** Only before the answer; later failures reach the reader of the body. */
  reject(error: unknown): void;
  /** Puts an error of the library into our words. */
  translate(error: unknown): TowlineError;
}

/** One exchange on undici: the handler of its events and at the same time the answer, because an object costs little and two cost more. */
export class Exchange implements HttpResponse, Dispatcher.DispatchHandler {
  status = 0;
  readonly url: URL;
  readonly #request: HttpRequest;
  readonly #outcome: Outcome;
  #rawHeaders: readonly Buffer[] = [];
  #byName: ReadonlyMap<string, string> | undefined;
  #queue: BodyQueue | undefined;
  #abort: ((error: Error) => void) | undefined;
  #aborted: TowlineError | undefined;
  #resume: () => void = () => undefined;

  constructor(request: HttpRequest, outcome: Outcome) {
    this.url = request.url;
    this.#request = request;
    this.#outcome = outcome;
    request.signal?.addEventListener('abort', this.#onSignal, { once: true });
  }

  get body(): BodyQueue {
    return (this.#queue ??= new BodyQueue({ resume: () => this.#resume(), abandon: () => this.#stop(new TowlineError('ABORTED', 'no longer wanted')) }, this.#size()));
  }

  header(name: string): string | undefined {
    return (this.#byName ??= indexHeaders(this.#rawHeaders)).get(name.toLowerCase());
  }

  *headers(): Generator<readonly [name: string, value: string]> {
    const raw = this.#rawHeaders;
    for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index]?.toString('latin1') ?? '', raw[index + 1]?.toString('latin1') ?? ''];
  }

  arrived(): Uint8Array | undefined {
    return this.body.takeAll();
  }

  cancel(): void {
    this.body.cancel();
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    if (this.#aborted) abort(this.#aborted);
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    // 102 and 103 are only news on the way to the answer.
    if (status < 200) return true;
    this.status = status;
    this.#rawHeaders = headers;
    this.#byName = undefined;
    this.#resume = resume;
    this.#outcome.resolve(this);
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.body.push(chunk);
  }

  onComplete(): void {
    this.#forgetSignal();
    this.body.end();
  }

  onError(error: Error): void {
    this.#forgetSignal();
    // undici looks for the body a 304 tells the length of, which never comes (7.30.2): the answer is whole all the same.
    if (this.status === 304 && this.#aborted === undefined) this.body.end();
    else if (this.status === 0) this.#outcome.reject(this.#aborted ?? error);
    else this.body.fail(this.#aborted ?? this.#outcome.translate(error));
  }

  readonly #onSignal = (): void => this.#stop(abortedError(this.#request));

  #stop(reason: TowlineError): void {
    this.#forgetSignal();
    this.#aborted = reason;
    if (this.status === 0) this.#outcome.reject(reason);
    else this.body.fail(reason);
    this.#abort?.(reason);
  }

  #forgetSignal(): void {
    this.#request.signal?.removeEventListener('abort', this.#onSignal);
  }

  #size(): number | undefined {
    const length = this.header('content-length');
    return length === undefined || this.#request.method === 'HEAD' ? undefined : Number(length);
  }
}

/** Read once: a driver asks for a dozen of them. */
function indexHeaders(raw: readonly Buffer[]): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toString('latin1').toLowerCase() ?? '';
    const value = raw[index + 1]?.toString('latin1') ?? '';
    const known = byName.get(name);
    byName.set(name, known === undefined ? value : `${known}, ${value}`);
  }
  return byName;
}

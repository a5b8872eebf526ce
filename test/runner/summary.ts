import { inspect } from 'node:util';
import type { Failure, Outcome, Skip } from './run-suite.ts';

/** The part of node:test's events that is looked at; the stream's own type differs between Node 20 and 22. */
export interface TestEvent { readonly type: string; readonly data?: unknown }
interface EventData {
  readonly name?: string; readonly nesting?: number; readonly file?: string; readonly message?: string;
  readonly skip?: string | boolean; readonly todo?: string | boolean;
  readonly details?: { readonly type?: string; readonly error?: unknown };
}
interface FileState { readonly ancestors: string[]; readonly output: string[]; open: number; tests: number; failures: number; isFinished: boolean; error?: unknown }
interface Options { readonly file: string; readonly show: (file: string) => string; readonly onFailure: (failure: Failure) => void }

const OUTPUT_LINES = 40;

/** Counts tests, not files and not groups; a file that broke off, exited badly or holds no test is a failure of its own. */
export async function summarise(events: AsyncIterable<TestEvent>, options: Options): Promise<Omit<Outcome, 'seconds' | 'files'>> {
  const summary = new Summary(options);
  for await (const event of events) summary.take(event.type, isEventData(event.data) ? event.data : {});
  return summary.end();
}

const isEventData = (data: unknown): data is EventData => typeof data === 'object' && data !== null;

class Summary {
  readonly #state: FileState = { ancestors: [], output: [], open: 0, tests: 0, failures: 0, isFinished: false };
  readonly #failures: Failure[] = [];
  readonly #skips: Skip[] = [];
  readonly #options: Options;
  #passed = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  take(type: string, data: EventData): void {
    const { file } = this.#options;
    const state = this.#state;
    // Events of the whole run name no file; a test that a helper registered names the helper's.
    if (data.file === undefined) return;
    if (data.name === file) takeFile(type, data, state);
    else if (type === 'test:enqueue') state.open += 1;
    else if (type === 'test:complete') state.open -= 1;
    else if (type === 'test:start') state.ancestors.splice(data.nesting ?? 0, Infinity, data.name ?? '');
    else if (type === 'test:stdout' || type === 'test:stderr') state.output.push(data.message ?? '');
    else if ((type === 'test:pass' || type === 'test:fail') && !isGroup(data)) this.#takeTest(type, data, { file, state });
  }

  end(): Omit<Outcome, 'seconds' | 'files'> {
    const { file } = this.#options;
    const state = this.#state;
    if (!state.isFinished) this.#fail(file, { file, state }, 'did not finish: the suite ran out of time');
    else if (state.error !== undefined && state.failures === 0) this.#fail(file, { file, state }, explain(state.error));
    else if (state.tests === 0 && state.failures === 0) this.#fail(file, { file, state }, 'holds no test');
    else if (state.open > 0 && state.failures === 0) this.#fail(file, { file, state }, `ended before ${state.open} of its tests did`);
    return { passed: this.#passed, failures: this.#failures, skips: this.#skips };
  }

  #takeTest(type: string, data: EventData, { file, state }: { file: string; state: FileState }): void {
    state.tests += 1;
    const name = [this.#options.show(file), ...state.ancestors.slice(0, (data.nesting ?? 0) + 1)].join(' > ');
    if (data.todo !== undefined && data.todo !== false) this.#fail(name, { file, state }, 'is marked as unfinished');
    else if (type === 'test:fail') this.#fail(name, { file, state }, explain(data.details?.error));
    else if (data.skip !== undefined && data.skip !== false) this.#skips.push({ name, ...(typeof data.skip === 'string' && data.skip !== '' ? { reason: data.skip } : {}) });
    else this.#passed += 1;
  }

  #fail(name: string, { file, state }: { file: string; state: FileState }, text: string): void {
    state.failures += 1;
    const output = state.output.join('').trimEnd().split('\n').slice(-OUTPUT_LINES).join('\n');
    const failure = { name: name === file ? this.#options.show(file) : name, text: output === '' ? text : `${text}\n--- what the file printed so far ---\n${output}` };
    state.output.length = 0;
    this.#failures.push(failure);
    this.#options.onFailure(failure);
  }
}

// A file comes to its end before its tests are told, so what it says is looked at when all is told.
function takeFile(type: string, data: EventData, state: FileState): void {
  if (type !== 'test:complete') return;
  state.isFinished = true;
  state.error = data.details?.error;
}

/** A group fails through its tests; when its own set-up broke it counts itself. */
function isGroup(data: EventData): boolean {
  if (data.details?.type !== 'suite') return false;
  const error = data.details.error;
  return !(error instanceof Error && 'failureType' in error && error.failureType === 'hookFailed');
}

/** node:test wraps what was thrown; its cause is what the author wants to read. */
function explain(error: unknown): string {
  const thrown = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (thrown instanceof Error) return thrown.stack ?? thrown.message;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 4 });
}

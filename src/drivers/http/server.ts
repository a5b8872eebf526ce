import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import type { Entry, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Attempt } from './errors.ts';

/** One exchange about an object. */
export interface Call {
  readonly signal: AbortSignal | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: HttpBody;
}
/** The server of a remote, as the verbs see it. */
export interface Server {
  send(method: string, path: Path, call: Call): Promise<HttpResponse>;
  stat(path: Path, options?: StatOptions): Promise<Entry>;
  attempt(verb: Attempt['verb'], method: string, path: Path): Attempt;
}

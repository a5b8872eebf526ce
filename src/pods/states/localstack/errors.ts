import { hasCode, TowlineError } from '../../../errors.ts';
import { peekText } from '../../../http/bounded.ts';
import { statusError } from '../../../http/status-error.ts';
import type { HttpResponse } from '../../../http/transport.ts';

interface Call {
  readonly what: string;
  readonly method: string;
  readonly now: number;
  /** What it says of itself; undefined where it says nothing, so that it is another program. */
  readonly about: () => Promise<LocalStackInfo | undefined>;
}
export interface LocalStackInfo { readonly version: string; readonly hasLicence: boolean }

const NO_PODS = 'It needs a LocalStack that has them (a licence: LOCALSTACK_AUTH_TOKEN). A folder can be saved with any: --from dir:PATH.';

/** What an answer that is no success means. */
export async function answerError(response: HttpResponse, { what, method, now, about }: Call): Promise<TowlineError> {
  const { status } = response;
  if (![400, 404, 422, 500].includes(status)) return await statusError(response, { method, now, what });
  const text = (await peekText(response, 2048)).replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim().slice(0, 300);
  response.cancel();
  const said = text === '' ? '' : `: ${text}`;
  const context = { status };
  // Routes of what the licence does not hold are never registered, and an unknown route is answered with nothing.
  if (status === 404 && text === '') return noPods(what, await about());
  if (status === 422) return new TowlineError('UNSUPPORTED', `${what}: the state is of a version that this LocalStack cannot load${said}`, { hint: "Start the version that saved it: 'tow pod inspect' says which.", context });
  if (/not a valid zip archive|invalid pod file/i.test(text)) return new TowlineError('CORRUPT', `${what}: LocalStack takes it for no state${said}`, { context });
  if (/maximum version available|failed to get version information/i.test(text)) return new TowlineError('NOT_FOUND', `${what}: there is no such version${said}`, { hint: "'tow pod versions' lists them.", context });
  if (status === 404) return new TowlineError('NOT_FOUND', `${what}: not found${said}`, { context });
  return new TowlineError(status === 400 ? 'INVALID_ARGUMENT' : 'UNAVAILABLE', `${what}: ${status === 400 ? 'refused' : 'LocalStack failed'} (${status}${said})`, { hint: 'The log of LocalStack says more.', context });
}

function noPods(what: string, about: LocalStackInfo | undefined): TowlineError {
  const context = { status: 404 };
  if (about === undefined) return new TowlineError('UNSUPPORTED', `${what}: this LocalStack has no pods (404 without a word)`, { hint: `${NO_PODS} Check as well that the address leads to LocalStack: it says nothing of itself.`, context });
  return new TowlineError('UNSUPPORTED', `${what}: this LocalStack has no pods (version ${about.version}, ${about.hasLicence ? 'with an active licence that does not hold them' : 'without an active licence'}; 404 without a word)`, { hint: NO_PODS, context });
}

/** Nobody answers: most often it is not started. */
export function connectionFault(error: unknown, endpoint: URL): unknown {
  if (!hasCode(error, 'UNAVAILABLE')) return error;
  return new TowlineError('UNAVAILABLE', `LocalStack on ${endpoint.origin} does not answer: ${error.message}`, { cause: error, retryable: error.retryable, hint: "Start it ('localstack start', or Docker), or say where it is: '--endpoint URL' or LOCALSTACK_HOST." });
}

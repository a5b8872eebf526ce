import { TowlineError } from '../../errors.ts';
import { readText } from '../../http/bounded.ts';
import { redactUrl } from '../../http/redact.ts';
import type { HttpResponse } from '../../http/transport.ts';

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object of an answer; an empty body is an empty object. CORRUPT when it is something else. */
export async function readJson(response: HttpResponse, limit: number): Promise<Readonly<Record<string, unknown>>> {
  return parseJson(response, await readText(response, limit));
}

export function parseJson(response: HttpResponse, text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw strange(response);
}

/** What follows `keys` into an answer of objects in objects. CORRUPT where there is no such way. */
export function inside(response: HttpResponse, value: Readonly<Record<string, unknown>>, keys: readonly string[]): Readonly<Record<string, unknown>> {
  let at = value;
  for (const key of keys) {
    const next = at[key];
    if (!isRecord(next)) throw strange(response);
    at = next;
  }
  return at;
}

export function strange(response: HttpResponse): TowlineError {
  return new TowlineError('CORRUPT', `${redactUrl(response.url)} answered with something that is not WebHDFS`, {
    hint: 'Check host and port of the URL: WebHDFS is on the HTTP port of the NameNode (9870, in Hadoop 2 50070), or on that of HttpFS (14000).',
  });
}

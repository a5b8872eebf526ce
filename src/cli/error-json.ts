import { TowlineError } from '../errors.ts';

/** What only the exit code is made of. */
const INTERNAL = new Set(['usage', 'exitCode', 'stage']);

/** What `--json` prints of what was thrown: the code to act on, and what a person reads on stderr. */
export function errorJson(error: unknown): { readonly error: { readonly code: string; readonly message: string; readonly hint?: string; readonly context: Readonly<Record<string, unknown>> } } {
  if (!(error instanceof TowlineError)) return { error: { code: 'UNKNOWN', message: error instanceof Error ? error.message : String(error), context: {} } };
  const { code, message, hint, context } = error;
  return { error: { code, message, ...(hint !== undefined && { hint }), context: Object.fromEntries(Object.entries(context).filter(([key]) => !INTERNAL.has(key))) } };
}

import { TowlineError } from '../errors.ts';

/** An INVALID_CONFIG in DVC's form: `config file error: ...`. */
export function configError(text: string, details: { readonly hint?: string; readonly cause?: unknown; readonly context?: Readonly<Record<string, string | number>> } = {}): TowlineError {
  return new TowlineError('INVALID_CONFIG', `config file error: ${text}`, details);
}

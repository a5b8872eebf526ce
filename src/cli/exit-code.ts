import { type ErrorCode, TowlineError } from '../errors.ts';

/** DVC's numbers: 251 config or credentials, 252 interrupted, 253 no repository, 254 usage, 255 anything else. */
const NUMBERS: Partial<Record<ErrorCode, number>> = { INVALID_CONFIG: 251, UNAUTHENTICATED: 251, ABORTED: 252, NO_REPOSITORY: 253 };

/** The exit code of what was thrown; `wrapped`: by a command that DVC ends with 1 whatever fails in it. */
export function exitCodeOf(error: unknown, wrapped: boolean): number {
  if (!(error instanceof TowlineError)) return 255;
  if (error.context['usage'] === true) return 254;
  if (typeof error.context['exitCode'] === 'number') return error.context['exitCode'];
  if (error.code === 'ABORTED' || error.code === 'NO_REPOSITORY') return NUMBERS[error.code] ?? 255;
  return wrapped ? 1 : (NUMBERS[error.code] ?? 255);
}

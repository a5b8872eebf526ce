import { hasCode, TowlineError } from '../../errors.ts';

/** DVC has no words for this, and another exit code than for what else fails. */
export function noSuchPath(error: unknown): never {
  if (!hasCode(error, 'NOT_FOUND') || error.context['reason'] !== 'no-such-path') throw error;
  throw new TowlineError('NOT_FOUND', error.message, { cause: error, context: { ...error.context, exitCode: 255 }, ...(error.hint !== undefined && { hint: error.hint }) });
}

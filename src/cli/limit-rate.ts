import { hasCode, TowlineError } from '../errors.ts';
import { parseRate, type Rate } from '../storage/rate.ts';
import type { Flags, Values } from './flag.ts';

/** What `--limit-rate` says, where a command has it. */
export function limitRateOf({ limitRate: text }: Partial<Values<Flags>>): Rate | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return parseRate(text);
  } catch (cause) {
    if (!hasCode(cause, 'INVALID_CONFIG')) throw cause;
    throw new TowlineError('INVALID_ARGUMENT', `argument --limit-rate: ${cause.message}`, { cause, context: { usage: true } });
  }
}

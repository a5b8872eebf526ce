import { getEventListeners } from 'node:events';
import { TowlineError } from '../errors.ts';
import type { HttpRequest } from './transport.ts';

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `act` when `signal` fires, unless what comes back is called before. One listener serves all that wait for a signal:
 * adding and removing one for every call of every layer took a tenth of the time of a push of small objects.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const known = waiting.get(signal);
  const acts = known ?? new Set<() => void>();
  if (known === undefined) {
    waiting.set(signal, acts);
    signal.addEventListener('abort', () => { for (const one of [...acts]) one(); }, { once: true });
  }
  acts.add(act);
  return () => { acts.delete(act); };
}

/** Whether anybody waits for `signal`, by `onAbort` or by a listener of their own. */
export function isHeard(signal: AbortSignal): boolean {
  const acts = waiting.get(signal);
  return (acts?.size ?? 0) > 0 || getEventListeners(signal, 'abort').length > (acts ? 1 : 0);
}

/** The error of a request whose signal fired: the signal's own reason where it is ours, for instance a TIMEOUT of a layer. */
export function abortedError(request: HttpRequest): TowlineError {
  const reason: unknown = request.signal?.reason;
  return reason instanceof TowlineError ? reason : new TowlineError('ABORTED', `${request.method} ${request.url.host} was interrupted`, { cause: reason });
}

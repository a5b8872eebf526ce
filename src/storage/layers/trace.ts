import { type ErrorCode, TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { onEnd } from '../content.ts';
import type { Content } from '../driver.ts';
import { around, type Call, type Layer } from '../layer.ts';
import type { Path } from '../path.ts';

/** One call that has ended. Holds names, numbers and a code: nothing that could be a secret. */
export interface TraceEvent {
  readonly displayUrl: string;
  readonly verb: Call['verb'];
  readonly path?: Path;
  readonly ms: number;
  readonly outcome: 'done' | ErrorCode;
}

/** Reports every call once: a read when its body is over, anything else when it settles. */
export function trace(report: (event: TraceEvent) => void, clock: Pick<Runtime, 'now'>): Layer {
  return (inner) =>
    around(async (call, next) => {
      const begun = clock.now();
      let isReported = false;
      const end = (error?: unknown): void => {
        if (isReported) return;
        isReported = true;
        const outcome = error === undefined ? 'done' : error instanceof TowlineError ? error.code : 'UNKNOWN';
        report({ displayUrl: inner.displayUrl, verb: call.verb, ms: clock.now() - begun, outcome, ...(call.path !== undefined && { path: call.path }) });
      };
      try {
        const result = await next();
        if (call.verb === 'read') return onEnd(result as Content, end) as typeof result;
        end();
        return result;
      } catch (error) {
        end(error);
        throw error;
      }
    })(inner);
}

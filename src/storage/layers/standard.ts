import type { Runtime } from '../../runtime.ts';
import type { Layer } from '../layer.ts';
import { limit } from './limit.ts';
import { resume } from './resume.ts';
import { retry } from './retry.ts';
import { timeout } from './timeout.ts';
import { trace, type TraceEvent } from './trace.ts';

/** What may be set about the layers that every remote gets. */
export interface StandardLayers {
  /** Calls at once; reads and other calls are counted apart. */
  readonly concurrency: number;
  readonly idleSeconds?: number;
  readonly tries?: number;
  readonly budgetSeconds?: number;
  readonly onTrace?: (event: TraceEvent) => void;
}

/**
 * The layers of every remote, outermost first. The order is the point: a broken body goes on through retry; a pause before a
 * repetition holds no place in the limit; a wait for a place is no silence of the service.
 */
export function standardLayers(options: StandardLayers, runtime: Pick<Runtime, 'now' | 'wait' | 'randomBytes'>): readonly Layer[] {
  const { concurrency, idleSeconds = 60, tries = 6, budgetSeconds = 120, onTrace } = options;
  const { now, wait } = runtime;
  const random = (): number => runtime.randomBytes(4).reduce((number, byte) => (number + byte) / 256, 0);
  return [
    ...(onTrace ? [trace(onTrace, { now })] : []),
    resume({ tries, wait, random }),
    retry({ tries, budgetSeconds, now, wait, random }),
    limit(concurrency),
    timeout({ idleSeconds, now, wait }),
  ];
}

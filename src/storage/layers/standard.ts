import type { Runtime } from '../../runtime.ts';
import type { Budget } from '../bandwidth.ts';
import { adaptiveConcurrency, fixedConcurrency } from '../concurrency.ts';
import type { Layer } from '../layer.ts';
import { limit } from './limit.ts';
import { resume } from './resume.ts';
import { retry } from './retry.ts';
import { throttle } from './throttle.ts';
import { timeout } from './timeout.ts';
import { trace, type TraceEvent } from './trace.ts';

/** What may be set about the layers that every remote gets. */
export interface StandardLayers {
  /** Calls at once, at most; reads and other calls are counted apart. */
  readonly concurrency: number;
  /** Just so many, because somebody said so. Default: as many of them as pay. */
  readonly isFixed?: boolean;
  /** Bytes a second; without it as many as pass. */
  readonly budget?: Budget;
  readonly idleSeconds?: number;
  readonly tries?: number;
  readonly budgetSeconds?: number;
  readonly onTrace?: (event: TraceEvent) => void;
}

/**
 * The layers of every remote, outermost first. The order is the point: a broken body goes on through retry; a pause before a
 * repetition holds no place in the limit; a wait for a place, or for a byte that may pass, is no silence of the service.
 */
export function standardLayers(options: StandardLayers, runtime: Pick<Runtime, 'now' | 'wait' | 'randomBytes'>): readonly Layer[] {
  const { concurrency, isFixed = false, budget, idleSeconds = 60, tries = 6, budgetSeconds = 120, onTrace } = options;
  const { now, wait } = runtime;
  const random = (): number => runtime.randomBytes(4).reduce((number, byte) => (number + byte) / 256, 0);
  return [
    ...(onTrace ? [trace(onTrace, { now })] : []),
    resume({ tries, wait, random }),
    retry({ tries, budgetSeconds, now, wait, random }),
    limit(() => (isFixed ? fixedConcurrency(concurrency) : adaptiveConcurrency({ most: concurrency, now }))),
    ...(budget ? [throttle(budget)] : []),
    timeout({ idleSeconds, now, wait }),
  ];
}

import { setTimeout } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { TowlineError } from '../../src/errors.ts';
import type { Runtime } from '../../src/runtime.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { applyLayers } from '../../src/storage/layer.ts';
import { prefix } from '../../src/storage/layers/prefix.ts';
import { standardLayers } from '../../src/storage/layers/standard.ts';
import { parsePath } from '../../src/storage/path.ts';

/** The clock and chance of this machine, as a process lends them. */
export const clock: Pick<Runtime, 'now' | 'wait' | 'randomBytes'> = {
  now: Date.now,
  randomBytes,
  async wait(milliseconds, signal) {
    try {
      await setTimeout(milliseconds, undefined, signal && { signal });
    } catch (cause) {
      throw new TowlineError('ABORTED', 'the wait was given up', { cause });
    }
  },
};

/** How a driver is used: as it is, and behind everything that a remote's driver is behind. */
export const stackings: Readonly<Record<string, (driver: Driver) => Driver>> = {
  bare: (driver) => driver,
  layered: (driver) => applyLayers(driver, [...standardLayers({ concurrency: driver.traits.concurrency, onTrace: () => undefined }, clock), prefix(parsePath('below a prefix'))]),
};

import type { Driver } from '../../src/storage/driver.ts';
import { applyLayers } from '../../src/storage/layer.ts';
import { prefix } from '../../src/storage/layers/prefix.ts';
import { standardLayers } from '../../src/storage/layers/standard.ts';
import { parsePath } from '../../src/storage/path.ts';
import { clock } from '../lent.ts';

/** How a driver is used: as it is, and behind everything that a remote's driver is behind. */
export const stackings: Readonly<Record<string, (driver: Driver) => Driver>> = {
  bare: (driver) => driver,
  layered: (driver) => applyLayers(driver, [...standardLayers({ concurrency: driver.traits.concurrency, onTrace: () => undefined }, clock), prefix(parsePath('below a prefix'))]),
};

import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { readFile } from '../src/disk/read.ts';
import { TowlineError } from '../src/errors.ts';
import { createConnect } from '../src/http/connect.ts';
import type { Runtime } from '../src/runtime.ts';
import type { Opening, StorageDefinition } from '../src/storage/definition.ts';
import type { Driver } from '../src/storage/driver.ts';
import { type OptionTable, readOptions } from '../src/storage/options.ts';

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

/** What a driver is lent, with a home of its own and nothing of the real environment. */
export function openingIn(home: string): Opening {
  const runtime: Runtime = { ...clock, env: { HOME: home, AWS_EC2_METADATA_DISABLED: 'true', METADATA_SERVER_DETECTION: 'none', TOW_TRANSPORT: process.env['TOW_TRANSPORT'] }, platform: process.platform, home, processors: availableParallelism(), warn: () => undefined };
  return { ...runtime, connect: createConnect(runtime, { readFile: (path) => readFile(path) }) };
}

/** Opens a driver as a remote of these settings would. */
export async function openDriver<T extends OptionTable>(definition: StorageDefinition<T>, url: string, { settings = {}, home }: { readonly settings?: Readonly<Record<string, string>>; readonly home: string }): Promise<Driver> {
  const placed = new Map(Object.entries(settings).map(([key, value]) => [key, { value, place: 'test' }]));
  return await definition.open(definition.parse(url), readOptions(definition.options, placed), openingIn(home));
}

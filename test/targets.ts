import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk } from '../src/disk/node.ts';
import { createLocalDriver } from '../src/drivers/local/driver.ts';
import { createMemoryDriver, createMemoryStore, type MemoryStore } from '../src/drivers/memory/index.ts';
import type { Driver, OptionalVerb } from '../src/storage/driver.ts';
import type { Judge } from './judges.ts';
import { removeFolder, temporaryFolder } from './servers/server.ts';

/** A storage that tests run against. */
export interface Target {
  readonly name: string;
  /** Programs without which it cannot start. */
  readonly judges: readonly Judge[];
  /** Verbs its protocol has not. One that goes missing by mistake is noticed. */
  readonly lacks: readonly OptionalVerb[];
  /** Cases this storage cannot pass, by name, each with the reason; one that is skipped without standing here is a failure. */
  readonly skips: readonly { readonly case: string; readonly reason: string }[];
  start(): Promise<Started>;
}
/** A running one. Every `open` is what another process would have. */
export interface Started {
  open(): Promise<Driver>;
  stop(): Promise<void>;
}

const VERSION_CASES = [
  'versions: an older version can be read, and the list has the newest first',
  'versions: a deleted object is NOT_FOUND, its versions stay, and a marker is listed',
  'versions: a version can be deleted by itself',
];
const NO_PRESIGN = ['presign'] as const;

const memory: Target = {
  name: 'memory', judges: [], lacks: NO_PRESIGN, skips: VERSION_CASES.map((name) => ({ case: name, reason: 'this one keeps no versions; the next does' })),
  start: async () => startMemory(createMemoryStore('memory://test', { now: Date.now })),
};
const versionedMemory: Target = {
  name: 'memory with versions', judges: [], lacks: NO_PRESIGN, skips: [],
  start: async () => startMemory(createMemoryStore('memory://versions', { now: Date.now, keepsVersions: true })),
};
const local: Target = {
  name: 'local', judges: [], lacks: ['listVersions', 'presign'],
  skips: [
    { case: 'stat: a checksum it vouches for is that of the content', reason: 'a file system knows no checksums' },
    { case: 'write: a wrong checksum is refused where the service checks it', reason: 'nobody but us could check it; what is written is verified before' },
    { case: 'write: ifMatch replaces the object it names and refuses another', reason: 'a file system cannot replace a file only if it is unchanged' },
  ],
  async start() {
    const folder = temporaryFolder('local');
    mkdirSync(join(folder, 'remote'));
    return {
      open: async () => createLocalDriver(join(folder, 'remote'), { disk: nodeDisk, platform: process.platform }),
      stop: async () => { removeFolder(folder); },
    };
  },
};

function startMemory(store: MemoryStore): Started {
  // Small pages and parts, so that few objects make several of them.
  return { open: async () => createMemoryDriver(store.displayUrl, { store, pageSize: 7, partSize: 64 * 1024 }), stop: async () => undefined };
}

/** Every storage the conformance cases run against. */
export const targets: readonly Target[] = [memory, versionedMemory, local];

import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync, lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeDisk } from '../src/disk/node.ts';
import { createMemoryDriver } from '../src/drivers/memory/index.ts';
import { createObjectPods } from '../src/pods/object-store/object-store.ts';
import type { PodStore } from '../src/pods/pod.ts';
import { Storage } from '../src/storage/storage.ts';
import type { StatePlace } from '../src/pods/states/zip/zip-state.ts';
import { temporaryFolder } from './servers/server.ts';

const scratch = temporaryFolder('pods-scratch');

/** What a holder of files is lent in tests. */
export const placeAt = (path: string): StatePlace => ({ path, disk: nodeDisk, platform: 'linux', scratch });
export const scratchNames = (): readonly string[] => readdirSync(scratch);

export function writeTree(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Pods in memory, by the store that every storage has. */
export const memoryPods = (): PodStore => createObjectPods(new Storage(createMemoryDriver('memory://pods')), { now: Date.now });

/** All files of a folder and what they hold; a link by '-> text', a mode that is not 644 in front. */
export function readTree(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(names.flatMap((name) => {
    const path = join(folder, name);
    const found = lstatSync(path);
    if (found.isSymbolicLink()) return [[name, `-> ${readlinkSync(path)}`]];
    if (found.isDirectory()) return readdirSync(path).length === 0 ? [[`${name}/`, '']] : [];
    const mode = statSync(path).mode & 0o777;
    return [[name, `${mode === 0o644 ? '' : `${mode.toString(8)} `}${readFileSync(path, 'utf8')}`]];
  }));
}

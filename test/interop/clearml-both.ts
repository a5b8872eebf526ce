import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStorageManager, type StorageManager } from '../../src/clearml/index.ts';
import { readFile } from '../../src/disk/read.ts';
import { createConnect } from '../../src/http/connect.ts';
import { openingIn } from '../lent.ts';
import { temporaryFolder } from '../servers/server.ts';
import { type ClearmlPlace, type RunningPlace } from './clearml-places.ts';
import { type Sdk, startSdk } from './clearml-program.ts';

/** One user with one clearml.conf for every place, and the two programs that read it. */
export interface Both {
  readonly home: string;
  readonly sdk: Sdk;
  readonly ours: StorageManager;
  readonly warnings: readonly string[];
  /** Another manager of the same configuration, with a cache of its own choice. */
  manager(cache: string): StorageManager;
  place(place: ClearmlPlace): RunningPlace;
  stop(): Promise<void>;
}

export async function startBoth(places: readonly ClearmlPlace[], conf = ''): Promise<Both> {
  const home = temporaryFolder('clearml');
  const started = new Map(await Promise.all(places.map(async (place) => [place, await place.start(home)] as const)));
  const running = [...started.values()];
  const env = running.reduce<Readonly<Record<string, string>>>((all, one) => ({ ...all, ...one.env }), { HOME: home, CLEARML_CONFIG_FILE: join(home, 'clearml.conf'), NO_PROXY: '127.0.0.1' });
  writeFileSync(join(home, 'clearml.conf'), [conf, ...running.map((one) => one.conf)].join('\n'));
  const warnings: string[] = [];
  const managers: StorageManager[] = [];
  const manager = (cache: string): StorageManager => {
    const opening = openingIn(home);
    const lent = { ...opening, env: { ...opening.env, PATH: process.env['PATH'], ...env }, warn: ({ text }: { readonly text: string }) => void warnings.push(text) };
    const made = createStorageManager({ lent: { ...lent, connect: createConnect(lent, { readFile: (path) => readFile(path) }) }, cwd: home, cacheDir: cache });
    managers.push(made);
    return made;
  };
  const sdk = startSdk({ ...env, CLEARML_CACHE_DIR: join(home, 'cache-of-sdk') });
  return {
    home, sdk, warnings, manager, ours: manager(join(home, 'cache-of-ours')),
    place(place) {
      const found = started.get(place);
      if (found === undefined) throw new Error(`${place.name} was not started`);
      return found;
    },
    async stop() {
      sdk.stop();
      for (const one of managers) await one.close();
      for (const one of running) await one.stop();
    },
  };
}

/** Files as they are stored: odd names, nothing in one, and one that both store in parts. */
export function makeTree(folder: string): Readonly<Record<string, Buffer>> {
  const files: Readonly<Record<string, Buffer>> = {
    'a.txt': Buffer.from('one'), 'empty.json': Buffer.alloc(0), '.hidden': Buffer.from('two'), 'sub/b é.bin': Buffer.from('three'), 'sub/deep/100% c+d&e.tar': Buffer.from('four'),
    'sub2/model.pt': Buffer.from('five'), 'large.npz': Buffer.alloc(9 << 20, 'x9'),
  };
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return files;
}

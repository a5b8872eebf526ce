import type { Disk } from '../disk/disk.ts';
import { deviceOf, isSettled, keepsTimes, stampOf } from '../disk/stamp.ts';
import type { Watch } from '../disk/watch.ts';
import { keepMemory } from '../odb/keep-memory.ts';
import { lockOf } from './lock-file.ts';
import { type Asking, isPlain, OWN_VARIABLES, ownNames, type Seen, seenIn, serializeSeen, valuesOf } from './said-before.ts';

export interface Finding extends Asking {
  readonly root: string;
  readonly disk: Disk;
  readonly watch: Watch;
  /** When the watch began, milliseconds since 1970. */
  readonly since: number;
  /** The variables of the environment that were asked for meanwhile. */
  readonly variables: ReadonlySet<string>;
}

/** Within one tick of the file system's clock a file may change twice and look the same. */
const TICK_MILLISECONDS = 50;

/** Remembers what a command said that found nothing to do, where what was watched is all that decides it. */
export function rememberSaid(text: string, { root, disk, watch, since, words, cwd, env, by, ...found }: Finding): void {
  if (watch.isIncomplete() || !isPlain(text) || (found.variables.has(OWN_VARIABLES) && ownNames(env).length > 0)) return;
  const paths: Seen['paths'][number][] = [];
  const devices = new Map<number, string>();
  for (const [path, isListed] of watch.paths) {
    // Each command writes there; who holds it now is asked for every time.
    if (path.startsWith(lockOf(root))) continue;
    const stamp = stampOf(path, isListed);
    if (stamp === undefined || !path.startsWith('/') || !isSettled(stamp, since - TICK_MILLISECONDS)) return;
    const device = deviceOf(stamp);
    if (device !== undefined && !devices.has(device)) devices.set(device, path);
    paths.push([path, isListed, stamp]);
  }
  if (![...devices.values()].every(keepsTimes)) return;
  const variables = [...found.variables];
  keepMemory(disk, seenIn(root, words), serializeSeen({ words, cwd, by, variables, values: valuesOf(variables, env), folders: [...watch.same], paths, text }));
}

import type { Disk } from '../disk/disk.ts';
import { deviceOf, isSettled, keepsTimes, stampOf } from '../disk/stamp.ts';
import type { Watch } from '../disk/watch.ts';
import { keepMemory } from '../odb/keep-memory.ts';
import { type Asking, said, type Seen, seenIn, serializeSeen } from './up-to-date.ts';

export interface Finding extends Asking {
  readonly root: string;
  readonly disk: Disk;
  readonly watch: Watch;
  /** When the watch began, milliseconds since 1970. */
  readonly since: number;
  /** The variables of the environment that were asked for meanwhile. */
  readonly variables: ReadonlySet<string>;
}

/** Looking at more names than this costs more than it spares. */
const MOST_PATHS = 200_000;
/** Within one tick of the file system's clock a file may change twice and look the same. */
const TICK_MILLISECONDS = 50;

/** Remembers that everything is up to date, where what was watched is all that decides it. */
export function rememberUpToDate({ root, disk, watch, since, cwd, env, by, ...asked }: Finding): void {
  if (watch.isIncomplete() || watch.paths.size > MOST_PATHS) return;
  const paths: Seen['paths'][number][] = [];
  const devices = new Map<number, string>();
  for (const [path, isListed] of watch.paths) {
    const stamp = stampOf(path, isListed);
    if (stamp === undefined || !path.startsWith('/') || !isSettled(stamp, since - TICK_MILLISECONDS)) return;
    const device = deviceOf(stamp);
    if (device !== undefined) devices.set(device, path);
    paths.push([path, isListed, stamp]);
  }
  if (![...devices.values()].every(keepsTimes)) return;
  const variables = [...asked.variables];
  keepMemory(disk, seenIn(root), serializeSeen({ cwd, by, variables, said: said(variables, env), folders: [...watch.same], paths }));
}

import type { Runtime } from '../../runtime.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Path } from '../../storage/path.ts';
import type { DriveClient } from './client.ts';
import type { DriveOptions } from './options.ts';
import type { Tree } from './tree.ts';

/** What every verb works with. */
export interface Session {
  readonly client: DriveClient;
  readonly tree: Tree;
  readonly options: DriveOptions;
  readonly opening: Opening;
  /** An id, 'root' or 'appDataFolder'. */
  readonly root: string;
  /** The path from the root, in the words of the tree. */
  readonly placeOf: (path: Path) => string;
  readonly where: (path: Path) => string;
  /** The tree below another root: where the source of a copy may lie. */
  readonly treeOf: (root: string) => Tree;
  /** Runs what is done at one path one after the other. */
  readonly inTurn: <T>(path: Path, signal: AbortSignal | undefined, act: () => Promise<T>) => Promise<T>;
  /** Says one kind of thing once in the life of the driver. */
  readonly warnOnce: Runtime['warn'];
}

import type { Runtime } from '../../runtime.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Path } from '../../storage/path.ts';
import type { OssClient } from './client.ts';
import type { OssOptions } from './options.ts';

/** Whether the bucket keeps versions; 'unknown' where these credentials may not ask. */
export type Versioning = 'kept' | 'none' | 'unknown';

/** What every verb works with. */
export interface Session {
  readonly client: OssClient;
  readonly options: OssOptions;
  readonly opening: Opening;
  /** Below this stands everything, without slashes at its ends. */
  readonly prefix: string;
  readonly keyOf: (path: Path) => string;
  /** Says one kind of thing once in the life of the driver. */
  readonly warnOnce: Runtime['warn'];
  /** Asks the service once. */
  readonly versioning: (signal: AbortSignal | undefined) => Promise<Versioning>;
  /** Whether the service was found not to know GetBucketV2. */
  listsOld: boolean;
}

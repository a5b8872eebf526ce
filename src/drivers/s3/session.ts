import type { Runtime } from '../../runtime.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Path } from '../../storage/path.ts';
import type { S3Client } from './client.ts';
import type { ObjectHeaders } from './object-headers.ts';
import type { S3Options } from './options.ts';

/** What becomes of objects that are overwritten. */
export type Versioning = 'kept' | 'suspended' | 'none';
/** What every verb works with. */
export interface Session {
  readonly client: S3Client;
  readonly headers: ObjectHeaders;
  readonly options: S3Options;
  readonly opening: Opening;
  /** Below this stands everything, without slashes at its ends. */
  readonly prefix: string;
  readonly keyOf: (path: Path) => string;
  /** Says one kind of thing once in the life of the driver. */
  readonly warnOnce: Runtime['warn'];
  /** Asks the service once. */
  readonly versioning: (signal: AbortSignal | undefined) => Promise<Versioning>;
}

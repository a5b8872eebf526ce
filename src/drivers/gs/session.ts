import type { Opening } from '../../storage/definition.ts';
import type { Path } from '../../storage/path.ts';
import type { GsClient } from './client.ts';

/** What every verb works with. */
export interface Session {
  readonly client: GsClient;
  readonly opening: Opening;
  readonly bucket: string;
  /** Below this stands everything, without slashes at its ends. */
  readonly prefix: string;
  readonly keyOf: (path: Path) => string;
  /** The path of a listed name; undefined for folder markers and for names that no path can have, of which one warning tells. */
  readonly pathOf: (name: string) => Path | undefined;
  /** Whether the service takes no batches; told once by who found out. */
  readonly hasNoBatches: (isSo?: true) => boolean;
  /** Throws UNSUPPORTED when the bucket keeps no versions; asks the service once. */
  readonly requireVersioning: (signal: AbortSignal | undefined) => Promise<void>;
}

import type { Runtime } from '../../runtime.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Path } from '../../storage/path.ts';
import type { AzureClient } from './client.ts';

/** What every verb works with. */
export interface Session {
  readonly client: AzureClient;
  readonly opening: Opening;
  /** Below this stands everything, without slashes at its ends. */
  readonly prefix: string;
  readonly keyOf: (path: Path) => string;
  /** Says one kind of thing once in the life of the driver. */
  readonly warnOnce: Runtime['warn'];
}

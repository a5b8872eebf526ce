import { openZip } from '../../storage/archive/open-zip.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Source } from '../../storage/source.ts';
import type { StateChange } from '../state.ts';
import { compareMembers } from '../states/zip/compare.ts';

/** What turns one state into another, a row for each service. Of a state only the directory is read, in a few ranges. */
export async function diffStates(before: Source, after: Source, options: CallOptions = {}): Promise<readonly StateChange[]> {
  const [one, other] = await Promise.all([openZip(before, options), openZip(after, options)]);
  return compareMembers(one.members, other.members);
}

import type { ZipMember } from '../../../storage/archive/open-zip.ts';
import type { StateChange } from '../../state.ts';
import { belongingOf, METADATA } from './units.ts';

/** What stands for those members that belong to no service: a folder's files. */
export const FILES = 'files';

/** What turns one state into another, a row for each service that changes. Members count as the same by length and checksum. */
export function compareMembers(before: readonly ZipMember[], after: readonly ZipMember[]): readonly StateChange[] {
  const [old, next] = [filesOf(before), filesOf(after)];
  const counts = new Map<string, { added: number; modified: number; removed: number }>();
  const count = (name: string, what: 'added' | 'modified' | 'removed'): void => {
    const service = belongingOf(name).service ?? FILES;
    const row = counts.get(service) ?? { added: 0, modified: 0, removed: 0 };
    row[what] += 1;
    counts.set(service, row);
  };
  for (const [name, member] of next) {
    const was = old.get(name);
    if (was === undefined) count(name, 'added');
    else if (was.size !== member.size || was.crc32 !== member.crc32 || was.mode !== member.mode) count(name, 'modified');
  }
  for (const name of old.keys()) if (!next.has(name)) count(name, 'removed');
  return [...counts].map(([service, row]) => ({ service, ...row })).sort((one, other) => (one.service < other.service ? -1 : 1));
}

function filesOf(members: readonly ZipMember[]): ReadonlyMap<string, ZipMember> {
  return new Map(members.filter(({ name }) => name !== METADATA && !name.endsWith('/')).map((member) => [member.name, member]));
}

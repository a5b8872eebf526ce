import { TowlineError } from '../../../errors.ts';
import type { OpenZip, ZipMember } from '../../../storage/archive/open-zip.ts';
import type { MergeStrategy } from '../../state.ts';
import { belongingOf, METADATA } from './units.ts';

/** A member of the state to come, and the zip it is taken from. */
export interface Taken { readonly zip: OpenZip; readonly member: ZipMember }

/** The members that a state has after another was merged into it, in the order of their names. */
export function merged(base: OpenZip | undefined, next: OpenZip, strategy: MergeStrategy): readonly Taken[] {
  if (strategy === 'service-merge') throw noServiceMerge('a zip');
  const members = new Map<string, Taken>();
  if (base !== undefined && strategy === 'account-region-merge') {
    const replaced = new Set(next.members.map(({ name }) => belongingOf(name)).filter(({ unit }) => unit?.startsWith('api_states/')).map(({ unit }) => unit));
    for (const member of base.members) {
      const { unit } = belongingOf(member.name);
      if (unit === undefined || !replaced.has(unit)) members.set(member.name, { zip: base, member });
    }
  }
  for (const member of next.members) members.set(member.name, { zip: next, member });
  members.delete(METADATA);
  return [...members.values()].sort((one, other) => (one.member.name < other.member.name ? -1 : 1));
}

/** What a service holds is known to the service alone: without it, resources inside cannot be told apart. */
export function noServiceMerge(what: string): TowlineError {
  return new TowlineError('UNSUPPORTED', `'service-merge' needs a running LocalStack: ${what} cannot be merged inside a service`, { hint: "Choose 'account-region-merge' or 'overwrite', or load into LocalStack with '--endpoint'." });
}

import type { OpenZip } from '../../../storage/archive/open-zip.ts';
import { membersOf } from '../../../storage/archive/open-zip.ts';
import { limitsFor } from '../../../storage/archive/unpack.ts';
import { createMembers } from '../../../storage/archive/members.ts';
import type { CallOptions } from '../../../storage/call.ts';

export interface Checks extends CallOptions { readonly platform: string; /** Bytes of the zip, by which it is measured what it may unpack to. */ readonly size: number; readonly readsContent: boolean }

/** Refuses a hostile or damaged zip as a whole. Of a pickle only the bytes are summed up: it is never read. */
export async function checkState(zip: OpenZip, { platform, size, readsContent, signal }: Checks): Promise<void> {
  const members = createMembers(limitsFor(size), platform);
  const call = signal === undefined ? {} : { signal };
  for await (const member of membersOf(zip, call)) {
    const path = members.path(member.name, member.kind === 'twin' ? 'file' : member.kind);
    if (path !== undefined && member.kind === 'link') members.link(path, member.text);
  }
  members.finish();
  for (const member of zip.members) members.count(member.size);
  if (!readsContent) return;
  for (const member of zip.members) for await (const chunk of zip.content(member, call)) void chunk;
}

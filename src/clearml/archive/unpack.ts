import { dirname, join } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { makeFolders } from '../../disk/folders.ts';
import { statFile } from '../../disk/read.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Path } from '../../storage/path.ts';
import { type ArchiveLimits, createMembers, type Member, type Members, refused } from './members.ts';

export interface Unpacking {
  readonly file: string;
  readonly kind: 'zip' | 'tar';
  /** Empty, and made for this alone: the caller removes it when this fails. */
  readonly folder: string;
  readonly disk: Disk;
  readonly platform: string;
  readonly limits?: Partial<ArchiveLimits>;
  readonly signal?: AbortSignal | undefined;
}

const MOST_MEMBERS = 1_000_000;
/** No data of use are packed closer than this; a bomb is packed a thousand times. */
const RATIO = 200;
const ALWAYS_ALLOWED = 1 << 30;

/** Writes what an archive holds below an empty folder, and nothing elsewhere. Links are made last, so that nothing is written through one. */
export async function unpack({ file, kind, folder, disk, platform, limits = {}, signal }: Unpacking): Promise<void> {
  const size = statFile(file)?.size ?? 0;
  const allowed = { mostMembers: MOST_MEMBERS, mostBytes: Math.max(ALWAYS_ALLOWED, size * RATIO), ...limits };
  const members = createMembers(allowed, platform);
  const read = kind === 'zip' ? (await import('./read-zip.ts')).readZip : (await import('./read-tar.ts')).readTar;
  const links: { readonly path: Path; readonly text: string }[] = [];
  for await (const member of read(file, allowed)) {
    throwIfAborted(signal);
    const path = members.path(member.name, member.kind === 'twin' ? 'file' : member.kind);
    if (path === undefined) continue;
    const target = join(folder, path);
    if (member.kind === 'folder') makeFolders(disk, target);
    else if (member.kind === 'link') links.push({ path, text: members.link(path, member.text) });
    else {
      makeFolders(disk, dirname(target));
      // A later member of the same name replaces the earlier, and never writes into what another name shares.
      disk.remove(target);
      if (member.kind === 'file') await writeMember(member, target, { disk, members });
      else linkTwin(member.of, target, { disk, folder });
    }
  }
  members.finish();
  for (const { path, text } of links) {
    makeFolders(disk, dirname(join(folder, path)));
    disk.link(text, join(folder, path), 'symlink');
  }
}

async function writeMember({ isExecutable, open }: Extract<Member, { readonly kind: 'file' }>, target: string, { disk, members }: { readonly disk: Disk; readonly members: Members }): Promise<void> {
  const file = disk.create(target, { mode: isExecutable ? 0o755 : 0o644 });
  try {
    for await (const chunk of open()) {
      members.count(chunk.byteLength);
      file.write(chunk);
    }
  } finally {
    file.close();
  }
}

/** A hard link of a tar: only to a file that came before, by a path that passed the same checks. */
function linkTwin(of: string, target: string, { disk, folder }: { readonly disk: Disk; readonly folder: string }): void {
  const bare = of.replace(/^(?:\.\/+)+/, '');
  const source = join(folder, bare);
  const isBelow = !/(?:^|\/)\.\.(?:\/|$)/.test(bare) && !bare.startsWith('/');
  if (!isBelow || statFile(source)?.kind !== 'file') throw refused(`a hard link leads to ${JSON.stringify(of)}, which is no file of it`);
  disk.link(source, target, 'hardlink');
}

import { dirname, join } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { makeFolders } from '../../disk/folders.ts';
import { statFile } from '../../disk/read.ts';
import { throwIfAborted } from '../call.ts';
import type { Path } from '../path.ts';
import { type ArchiveLimits, createMembers, type Member, type Members, refused } from './members.ts';

export interface Unpacking {
  readonly file: string;
  readonly kind: 'zip' | 'tar';
  /** Empty, and made for this alone: the caller removes it when this fails. */
  readonly folder: string;
  readonly disk: Disk;
  readonly platform: string;
  readonly limits?: Partial<ArchiveLimits>;
  /** Files get the permissions the archive says (never set-user-id). Default: 755 or 644. */
  readonly keepsModes?: boolean;
  /** Every file survives a power cut when this returns. */
  readonly isDurable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const MOST_MEMBERS = 1_000_000;
/** No data of use are packed closer than this; a bomb is packed a thousand times. */
const RATIO = 200;
const ALWAYS_ALLOWED = 1 << 30;

/** Writes what an archive holds below an empty folder, and nothing elsewhere. */
export async function unpack({ file, kind, limits = {}, ...place }: Unpacking): Promise<void> {
  const size = statFile(file)?.size ?? 0;
  const allowed = limitsFor(size, limits);
  const read = kind === 'zip' ? (await import('./read-zip.ts')).readZip : (await import('./read-tar.ts')).readTar;
  await unpackMembers(read(file, allowed), { ...place, limits: allowed });
}

/** How much an archive of that many bytes may hold. */
export function limitsFor(size: number, limits: Partial<ArchiveLimits> = {}): ArchiveLimits {
  return { mostMembers: MOST_MEMBERS, mostBytes: Math.max(ALWAYS_ALLOWED, size * RATIO), ...limits };
}

export interface Place extends Pick<Unpacking, 'folder' | 'disk' | 'platform' | 'keepsModes' | 'isDurable' | 'signal'> {
  readonly limits: ArchiveLimits;
}

/** Writes members as they come. Links are made last, so that nothing is written through one. */
export async function unpackMembers(from: AsyncIterable<Member>, { folder, disk, platform, limits, keepsModes = false, isDurable = false, signal }: Place): Promise<void> {
  const members = createMembers(limits, platform);
  const links: { readonly path: Path; readonly text: string }[] = [];
  for await (const member of from) {
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
      if (member.kind === 'file') await writeMember(member, target, { disk, members, keepsModes, isDurable });
      else linkTwin(member.of, target, { disk, folder });
    }
  }
  members.finish();
  for (const { path, text } of links) {
    makeFolders(disk, dirname(join(folder, path)));
    disk.link(text, join(folder, path), 'symlink');
  }
}

async function writeMember({ isExecutable, mode, open }: Extract<Member, { readonly kind: 'file' }>, target: string, { disk, members, keepsModes, isDurable }: { readonly disk: Disk; readonly members: Members; readonly keepsModes: boolean; readonly isDurable: boolean }): Promise<void> {
  const file = disk.create(target, { mode: keepsModes && mode !== undefined ? mode & 0o777 : isExecutable ? 0o755 : 0o644 });
  try {
    for await (const chunk of open()) {
      members.count(chunk.byteLength);
      file.write(chunk);
    }
    if (isDurable) file.sync();
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

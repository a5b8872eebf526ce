import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { abortable, throwIfAborted } from '../../storage/call.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Summing } from './checksums.ts';
import type { DataNodes } from './data-nodes.ts';
import { translate } from './errors.ts';
import type { Lease } from './lease.ts';
import { FILE_TYPE, type FileStatus } from './messages.ts';
import type { NameNode } from './name-node.ts';

/** How files are written on this cluster. */
export interface ClusterSettings {
  readonly replication: number;
  readonly blockSize: number;
  readonly summing: Summing;
  /** Data in one packet, a multiple of the summed chunks. */
  readonly packetBytes: number;
  /** The mode of new files. */
  readonly mode: number;
}
/** The folder of one remote on its cluster, and how it is reached. Everything the verbs have in common. */
export interface HdfsPlace {
  readonly displayUrl: string;
  /** The absolute folder, without '/' at its end. */
  readonly root: string;
  readonly nameNode: NameNode;
  readonly dataNodes: DataNodes;
  readonly lease: Lease;
  /** Asks the cluster once. */
  readonly settings: () => Promise<ClusterSettings>;
  /** How long a node may be silent. */
  readonly patienceMs: number;
  readonly runtime: Pick<Runtime, 'now' | 'wait' | 'randomBytes'>;
  /** Checksums of files by their blocks, which never change; the oldest goes first. */
  readonly checksums: Map<string, Promise<string | undefined>>;
}

/** The absolute name of an object on the cluster. */
export function serverPath({ root }: HdfsPlace, path: Path): string {
  return path === '' ? (root === '' ? '/' : root) : `${root}/${path}`;
}

/** A new name beside `name`, for a file that is not whole yet; of the form DVC uses elsewhere, so that listings know it. */
export function temporaryName({ runtime }: HdfsPlace, name: string): string {
  return `${name.slice(0, name.lastIndexOf('/'))}/.${Buffer.from(runtime.randomBytes(16)).toString('base64url')}.tmp`;
}

/** Runs one verb: gives its errors words, and lets go at once when the caller gives up. */
export async function attempt<T>(place: HdfsPlace, about: { readonly verb: string; readonly path: Path; readonly signal: AbortSignal | undefined }, work: () => Promise<T>): Promise<T> {
  throwIfAborted(about.signal);
  try {
    return await abortable(work(), about.signal);
  } catch (error) {
    throw translate(error, { verb: about.verb, path: about.path, displayUrl: place.displayUrl });
  }
}

/** The entry for what the name node says of a file or folder. */
export function entryOf(path: Path, { fileType, length, modificationTime }: Pick<FileStatus, 'fileType' | 'length' | 'modificationTime'>, etag?: string): Entry {
  if (fileType === FILE_TYPE.folder) return { path, kind: 'directory', modifiedAt: modificationTime };
  return { path, kind: 'file', size: length, modifiedAt: modificationTime, ...(etag !== undefined && { etag }) };
}

/** HDFS keeps one version of a file. */
export function refuseVersion(versionId: string | undefined): void {
  if (versionId !== undefined) throw new TowlineError('UNSUPPORTED', 'HDFS keeps no versions of files');
}

/** Waits a little longer each time until `isDone`; false when it is not done after a minute. For what data nodes report to the name node on their own time. */
export async function poll({ runtime: { now, wait } }: HdfsPlace, signal: AbortSignal | undefined, isDone: () => Promise<boolean>): Promise<boolean> {
  const end = now() + POLL_MS;
  for (let pause = 5; ; pause = Math.min(pause * 2, 1000)) {
    if (await isDone()) return true;
    if (now() + pause > end) return false;
    await wait(pause, signal);
  }
}
const POLL_MS = 60_000;

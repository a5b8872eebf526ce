import type { CallOptions } from '../../storage/call.ts';
import { TowlineError } from '../../errors.ts';
import type { Path } from '../../storage/path.ts';
import type { Namenode, Operation } from './namenode.ts';

/** The folder of one remote in HDFS, and how it is reached. Everything the verbs have in common. */
export interface Place {
  readonly displayUrl: string;
  /** The absolute folder, without '/' at its end. */
  readonly root: string;
  readonly namenode: Namenode;
  readonly randomBytes: (count: number) => Uint8Array;
}
/** What an operation is done for: its words in messages, and when to give up. */
export interface About extends Pick<Operation, 'verb' | 'path'>, CallOptions {}

export function about(verb: string, path: Path, signal: AbortSignal | undefined): About {
  return { verb, path, ...(signal && { signal }) };
}

/** The absolute name of an object in HDFS. */
export function nameOf({ root }: Place, path: Path): string {
  return path === '' ? root || '/' : `${root}/${path}`;
}
export function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}

/** A new name in a folder, for what is not whole yet; of the form DVC uses, so each program knows the other's leftovers. */
export function temporaryIn(place: Place, folder: string): string {
  return `${folder}/.${Buffer.from(place.randomBytes(16)).toString('base64url')}.tmp`;
}

/** HDFS keeps one version of a file. */
export function refuseVersion(versionId: string | undefined): void {
  if (versionId !== undefined) throw new TowlineError('UNSUPPORTED', 'HDFS keeps no versions of files');
}

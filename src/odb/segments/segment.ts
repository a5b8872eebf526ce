import type { SegmentManifest } from '../../oci/segments/manifest.ts';
import type { IndexRecord, SegmentIndex } from '../../oci/segments/segment-index.ts';
import type { Descriptor } from '../../storage/artifacts.ts';
import { isTreeOid, type Oid } from '../hash-info.ts';

/** One segment, its index read. */
export interface Segment {
  readonly tag: string;
  /** Of its manifest. */
  readonly target: Descriptor;
  readonly manifest: SegmentManifest;
  readonly index: SegmentIndex;
}

export const oidOf = ({ md5, isDirectory }: IndexRecord): Oid => (isDirectory ? `${md5}.dir` : md5) as Oid;

/** Where an object lies in a segment; undefined where it does not, or has another size. */
export function findIn({ index }: Segment, oid: Oid, size: number | undefined): IndexRecord | undefined {
  const record = index.find(oid.slice(0, 32), isTreeOid(oid));
  return record === undefined || (size !== undefined && record.length !== size) ? undefined : record;
}

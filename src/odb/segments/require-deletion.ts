import { digestOf } from '../../oci/digest.ts';
import { IMAGE_MANIFEST } from '../../oci/media-types.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { SegmentPlace } from './segment-place.ts';

const NOBODY = Buffer.from('towline: no manifest has these bytes');

/** Throws UNSUPPORTED where the registry deletes nothing: asked with what is not there, before anything is written that would only be there twice. */
export async function requireDeletion({ artifacts }: SegmentPlace, options: CallOptions): Promise<void> {
  await artifacts.delete({ mediaType: IMAGE_MANIFEST, digest: digestOf(NOBODY), size: NOBODY.byteLength }, options);
}

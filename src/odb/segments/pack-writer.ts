import { digestOf } from '../../oci/digest.ts';
import { PACK } from '../../oci/segments/manifest.ts';
import type { ArtifactStore, Descriptor } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import { fromBytes } from '../../storage/source.ts';

/** Puts packs together in memory; while one is sent the next is filled, and no third is begun. */
export interface PackWriter {
  /** True where the open pack has no room for it. */
  isFullFor(size: number): boolean;
  add(bytes: Uint8Array): void;
  /** Sends what is open as soon as the pack before it has gone; says which layer it becomes. */
  close(options: CallOptions): Promise<Descriptor>;
  /** Waits until everything is there. */
  settle(): Promise<void>;
}

export function createPackWriter(artifacts: ArtifactStore, packBytes: number): PackWriter {
  let open: Buffer | undefined;
  let spare: Buffer | undefined;
  let size = 0;
  let sending: Promise<unknown> = Promise.resolve();
  return {
    isFullFor: (more) => size + more > packBytes,
    add(bytes) {
      // Memory of this size is only taken up as it is written to.
      open ??= spare ?? Buffer.allocUnsafeSlow(packBytes);
      spare = undefined;
      open.set(bytes, size);
      size += bytes.byteLength;
    },
    async close(options) {
      const buffer = open ?? Buffer.alloc(1);
      // Some registries refuse a blob without bytes, so a pack of empty objects has one that belongs to none of them.
      if (size === 0) buffer[0] = 0;
      const bytes = buffer.subarray(0, Math.max(1, size));
      const layer: Descriptor = { mediaType: PACK, digest: digestOf(bytes), size: bytes.byteLength };
      [open, size] = [undefined, 0];
      await sending;
      sending = artifacts.push(layer, fromBytes(bytes), options).then(() => { spare = buffer; });
      // Whoever waits next is told; nobody need wait at once.
      sending.catch(() => undefined);
      return layer;
    },
    async settle() { await sending; },
  };
}

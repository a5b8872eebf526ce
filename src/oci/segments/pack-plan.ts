import { TowlineError } from '../../errors.ts';
import type { Packing } from '../../storage/definition.ts';
import type { IndexRecord } from './segment-index.ts';

/** An object that is to be stored. */
export interface PlannedObject { readonly md5: string; readonly size: number; readonly isDirectory: boolean }
export interface PackOptions extends Packing {
  /** Default 8 GiB: what a segment holds is named by no manifest until it is whole, and registries sweep what is not. */
  readonly segmentBytes?: number;
}
/** A layer to be: a pack, or one object by itself. Its objects follow each other without a gap. */
export interface PlannedLayer { readonly kind: 'pack' | 'object'; readonly objects: readonly PlannedObject[]; readonly size: number }
/** What becomes one manifest. */
export interface PlannedSegment { readonly layers: readonly PlannedLayer[]; readonly size: number }

const MiB = 1024 * 1024;

/** Distributes objects over segments, in the order they come: directories that are given last stand in the last segment. Each object is stored once. */
export function planSegments(objects: Iterable<PlannedObject>, { layers = 400, segmentBytes = 8 * 1024 * MiB, ...options }: PackOptions = {}): readonly PlannedSegment[] {
  if (layers < 1) throw new TowlineError('INVALID_ARGUMENT', 'a segment has at least one layer');
  const segments: { layers: PlannedLayer[]; size: number }[] = [];
  for (const layer of planLayers(objects, options)) {
    const last = segments.at(-1);
    if (last && last.layers.length < layers && last.size + layer.size <= segmentBytes) {
      last.layers.push(layer);
      last.size += layer.size;
    } else {
      segments.push({ layers: [layer], size: layer.size });
    }
  }
  return segments;
}

function* planLayers(objects: Iterable<PlannedObject>, { smallBytes = 4 * MiB, packBytes = 64 * MiB }: Pick<PackOptions, 'smallBytes' | 'packBytes'>): Generator<PlannedLayer> {
  const known = new Set<string>();
  let pack: PlannedObject[] = [];
  let size = 0;
  for (const object of objects) {
    const key = object.md5 + String(object.isDirectory);
    if (known.has(key)) continue;
    known.add(key);
    // A directory stays behind the files before it, also where these are still in an open pack.
    const isOwn = object.size >= smallBytes;
    if (pack.length > 0 && (size + object.size > packBytes || (isOwn && object.isDirectory))) {
      yield { kind: 'pack', objects: pack, size };
      [pack, size] = [[], 0];
    }
    if (isOwn) {
      yield { kind: 'object', objects: [object], size: object.size };
      continue;
    }
    pack.push(object);
    size += object.size;
  }
  if (pack.length > 0) yield { kind: 'pack', objects: pack, size };
}

/** Where each object of a segment lies: what its index says. */
export function* recordsOf({ layers }: Pick<PlannedSegment, 'layers'>): Generator<IndexRecord> {
  for (const [layer, { objects }] of layers.entries()) {
    let offset = 0;
    for (const { md5, size, isDirectory } of objects) {
      yield { md5, layer, offset, length: size, isDirectory };
      offset += size;
    }
  }
}

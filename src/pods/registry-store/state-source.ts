import type { ArtifactStore } from '../../storage/artifacts.ts';
import { bodyOf } from '../../storage/content.ts';
import type { Source } from '../../storage/source.ts';
import { verified } from '../../storage/verified.ts';
import type { ReadVersion } from './manifest.ts';

/** A state in a registry, read from the layers it lies in, which are verified each; several are verified as a whole besides. */
export function sourceOf(store: ArtifactStore, { layers, size, digest }: Pick<ReadVersion, 'layers' | 'size' | 'digest'>): Source {
  const source: Source = {
    size,
    async *open({ start = 0, end = size, ...call } = {}) {
      let at = 0;
      for (const layer of layers) {
        const [from, to] = [Math.max(0, start - at), Math.min(layer.size, end - at)];
        at += layer.size;
        const isWhole = from === 0 && to === layer.size;
        if (to > from || layers.length === 1) yield* bodyOf(await store.fetch(layer, { ...call, ...(!isWhole && { start: from, end: Math.max(from, to) }) }));
      }
    },
  };
  const sha256 = layers.length === 1 ? undefined : /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  return sha256 === undefined ? source : verified(source, { name: 'sha256', value: sha256 });
}

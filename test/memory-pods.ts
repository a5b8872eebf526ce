import { TowlineError } from '../src/errors.ts';
import type { PodStore, PodVersion } from '../src/pods/pod.ts';
import { gather } from '../src/storage/content.ts';
import { fromBytes, type Source } from '../src/storage/source.ts';

/** Pods in memory, as simple as the contract allows. */
export function createMemoryPods(): PodStore {
  const pods = new Map<string, { readonly about: PodVersion; readonly state: Source }[]>();
  const of = (name: string): { readonly about: PodVersion; readonly state: Source }[] => {
    const found = pods.get(name);
    if (found === undefined) throw new TowlineError('NOT_FOUND', `there is no pod '${name}'`);
    return found;
  };
  return {
    displayUrl: 'memory',
    async save(name, state, { notes }) {
      const bytes = await gather(state.open(), 1 << 30);
      const versions = pods.get(name) ?? [];
      const about = { ...notes, name, version: versions.length + 1, size: bytes.byteLength };
      pods.set(name, [...versions, { about, state: fromBytes(bytes) }]);
      return about;
    },
    load(name, version) {
      const found = of(name).at(version === undefined ? -1 : version - 1);
      return found ? Promise.resolve(found) : Promise.reject(new TowlineError('NOT_FOUND', 'no such version'));
    },
    versions: (name) => Promise.resolve(of(name).map(({ about }) => about)),
    list: () => Promise.resolve([...pods].map(([name, versions]) => ({ name, maxVersion: versions.length }))),
    delete: (name) => Promise.resolve(pods.delete(name) ? [1] : []),
    close: () => Promise.resolve(),
  };
}

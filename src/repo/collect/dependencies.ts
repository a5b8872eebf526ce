import type { Stage } from '../stage.ts';

/** `chosen` and, again and again, every stage that makes something one of them reads. In the order they are needed. */
export function withDependencies(chosen: readonly Stage[], all: readonly Stage[]): readonly Stage[] {
  const producers = new Producers(all);
  const done = new Set<Stage>();
  const order: Stage[] = [];
  // A loop instead of recursion: a chain of stages may be longer than the stack.
  const open = chosen.map((stage) => ({ stage, ready: false })).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { stage, ready } = next;
    if (ready) order.push(stage);
    if (ready || done.has(stage)) continue;
    done.add(stage);
    open.push({ stage, ready: true });
    for (const one of producers.of(stage)) if (!done.has(one)) open.push({ stage: one, ready: false });
  }
  return order;
}

/** Finds which stage makes a path: one whose output is the path, lies above it, or inside it. */
class Producers {
  readonly #exact = new Map<string, Stage>();
  /** For every folder the stages with an output somewhere inside. */
  readonly #inside = new Map<string, Set<Stage>>();

  constructor(stages: readonly Stage[]) {
    for (const stage of stages) {
      for (const { path, place } of stage.outputs) {
        if (place === 'external') continue;
        this.#exact.set(path, stage);
        for (const folder of foldersOf(path)) this.#inside.set(folder, (this.#inside.get(folder) ?? new Set()).add(stage));
      }
    }
  }

  of(stage: Stage): ReadonlySet<Stage> {
    const found = new Set<Stage>();
    for (const dependency of stage.dependencies) {
      if (dependency.kind !== 'path' || dependency.place === 'external') continue;
      for (const path of [dependency.path, ...foldersOf(dependency.path)]) {
        const producer = this.#exact.get(path);
        if (producer !== undefined) found.add(producer);
      }
      for (const producer of this.#inside.get(dependency.path) ?? []) found.add(producer);
    }
    return found;
  }
}

function* foldersOf(path: string): Iterable<string> {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) yield path.slice(0, cut);
}

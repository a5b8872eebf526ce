/** One sentence naming what was probably meant, or undefined when nothing is near. */
export function didYouMean(typed: string, known: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(typed.length / 3));
  const near = known
    .map((name) => ({ name, distance: editDistance(typed, name) }))
    .filter(({ name, distance }) => distance <= allowed || (typed.length > 2 && name.startsWith(typed)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 2);
  return near.length === 0 ? undefined : `Did you mean ${near.map(({ name }) => `'${name}'`).join(' or ')}?`;
}

/** The least number of letters to insert, delete, replace or swap with a neighbour (Damerau's optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) least = Math.min(least, (before[column - 2] ?? 0) + 1);
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}

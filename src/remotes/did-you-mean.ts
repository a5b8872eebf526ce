/** One sentence naming what was probably meant, or undefined when nothing is near. */
export function didYouMean(typed: string, known: Iterable<string>): string | undefined {
  const allowed = Math.max(1, Math.floor(typed.length / 3));
  const near = [...known]
    .map((name) => ({ name, distance: distance(typed, name) }))
    .filter((one) => one.distance <= allowed || (typed.length > 2 && one.name.startsWith(typed)))
    .sort((one, other) => one.distance - other.distance);
  return near.length === 0 ? undefined : `Did you mean ${near.slice(0, 2).map(({ name }) => `'${name}'`).join(' or ')}?`;
}

/** How many letters must be added, removed, replaced or swapped with their neighbour. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    rows.push(next);
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(row - 1, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      next.push(Math.min(replaced, at(row - 1, column) + 1, at(row, column - 1) + 1, isSwapped ? at(row - 2, column - 2) + 1 : Infinity));
    }
  }
  return at(from.length, to.length);
}

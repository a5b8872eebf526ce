/** One sentence naming what was probably meant, or undefined when nothing is near. */
export function didYouMean(typed: string, known: Iterable<string>): string | undefined {
  const allowed = Math.max(1, Math.floor(typed.length / 3));
  const near = [...known].map((name) => ({ name, distance: distance(typed, name) })).filter((one) => one.distance <= allowed || (typed.length > 2 && one.name.startsWith(typed)));
  const [nearest] = near.sort((one, other) => one.distance - other.distance);
  return nearest && `Did you mean '${nearest.name}'?`;
}

/** How many letters must be added, removed or replaced. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, (row[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

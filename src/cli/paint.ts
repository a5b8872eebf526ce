/** Colours for what is said on a terminal. */
export interface Paint {
  red(text: string): string;
  yellow(text: string): string;
  dim(text: string): string;
}

/** Paints only where somebody sees it and has not asked for none (<https://no-color.org>). */
export function createPaint({ isTTY, env }: { readonly isTTY: boolean; readonly env: Readonly<Record<string, string | undefined>> }): Paint {
  const isPainted = isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const between = (on: number, off: number) => (text: string): string => (isPainted ? `\u001b[${on}m${text}\u001b[${off}m` : text);
  return { red: between(31, 39), yellow: between(33, 39), dim: between(2, 22) };
}

import { TowlineError } from '../errors.ts';

/** The values of a flag like `--fs-config a=1 b=2`, in argparse's words where one has no sign. */
export function keyValues(flag: string, words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(words.map((word) => {
    const cut = word.indexOf('=');
    if (cut > 0) return [word.slice(0, cut), word.slice(cut + 1)];
    throw new TowlineError('INVALID_ARGUMENT', `argument ${flag}: Could not parse argument "${word}" as k1=v1 k2=v2 ... format`, { context: { usage: true } });
  }));
}

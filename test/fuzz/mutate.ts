/** What mutations put in: what parsers of all kinds take for special. */
const TOKENS = ['\n', '\r\n', '\t', ' ', '"', "'", '\\', '\0', '\u001f', '\u0085', '\u2028', '\ufeff', '\ud83d', '💾', '#', ';', ':', '=', ',', '[', ']', '{', '}', '<', '>', '</', '/>', '<!--', '-->', '<![CDATA[', '&#0;', '&amp;', '%', '*', '|', '&a', '*a', '!!', '- ', '? ', '---\n', '..', '/', '../', '-1', '1e309', 'NaN', 'null', '~', 'true', '99999999999999999999', '0x', '--', '-', '@', '__proto__', 'constructor', 'md5: ', 'outs:\n', '"""', "'''", '\u0000\u0000\u0000\u0007'];

/** A text that is nearly one of `corpus`. */
export function mutate(corpus: readonly string[], random: () => number): string {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  let text = pick(corpus) ?? '';
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const start = Math.floor(random() * (text.length + 1));
    const end = Math.min(text.length, start + Math.floor(random() ** 3 * text.length));
    const [before, middle, after] = [text.slice(0, start), text.slice(start, end), text.slice(end)];
    const kinds = [
      () => before + after,
      () => before + middle + middle + after,
      () => before + (pick(TOKENS) ?? '') + middle + after,
      () => before + (pick(TOKENS) ?? '') + after,
      () => before + String.fromCharCode(Math.floor(random() * 256)) + after,
      () => text.slice(0, start),
      () => before + middle.split('').reverse().join('') + after,
      () => before + (pick(corpus) ?? '').slice(Math.floor(random() * 20)),
      // Long inputs of one kind are where a parser that goes back and forth shows.
      () => before + (middle === '' ? pick(TOKENS) ?? '' : middle.slice(0, 20)).repeat(Math.floor(random() ** 2 * 400)) + after,
    ];
    text = pick(kinds)?.() ?? text;
  }
  return text.slice(0, 20_000);
}

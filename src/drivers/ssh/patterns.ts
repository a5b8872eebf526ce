/** Whether `pattern` with its '*' and '?' is the whole of `text`, as OpenSSH compares names: linear in both, whatever the pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p;
      retry = t;
      p += 1;
    } else if (wanted === '?' || wanted === text[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      retry += 1;
      t = retry;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** Whether one of `patterns` matches and none with a '!' before it does. */
export function matchesPatterns(patterns: readonly string[], text: string): boolean {
  const [negated, positive] = [patterns.filter((one) => one.startsWith('!')), patterns.filter((one) => !one.startsWith('!'))];
  return !negated.some((one) => matchesPattern(one.slice(1), text)) && positive.some((one) => matchesPattern(one, text));
}

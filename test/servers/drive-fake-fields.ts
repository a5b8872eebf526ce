/** What a partial answer may hold: all, or some members with masks of their own. */
type Mask = true | ReadonlyMap<string, Mask>;

/** Reads `a,b(c,d),e/f,*`. */
export function readFields(text: string): Mask {
  let at = 0;
  const list = (): Mask => {
    const mask = new Map<string, Mask>();
    for (;;) {
      const name = /^[\w*]+/.exec(text.slice(at))?.[0] ?? '';
      at += name.length;
      let inner: Mask = true;
      if (text[at] === '/') { at++; const rest = list(); return mask.set(name, rest); }
      if (text[at] === '(') { at++; inner = list(); at++; }
      mask.set(name, inner);
      if (text[at] !== ',') return mask;
      at++;
    }
  };
  return text === '*' ? true : list();
}

/** The members of a value that the mask names. */
export function pick(value: unknown, mask: Mask): unknown {
  if (mask === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => pick(one, mask));
  if (mask.has('*')) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => mask.has(name)).map(([name, inner]) => [name, pick(inner, mask.get(name) ?? true)]));
}

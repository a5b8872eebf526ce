/** A text as Python's `repr` shows it, which DVC puts into its messages. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\'"]|[^\P{C}]|[^\P{Z}]/gu, (one) => {
    if (one === ' ' || (one !== quote && (one === '"' || one === "'"))) return one;
    const code = one.codePointAt(0) ?? 0;
    const named: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };
    return named[one] ?? (code < 0x80 && code > 0x20 && code !== 0x7f ? `\\${one}` : hexEscape(code));
  });
  return `${quote}${escaped}${quote}`;
}

function hexEscape(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** One offer of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

// A token, then '=' and a token or quoted text; a scheme is a token that stands before a space and no '='.
const PIECE = /\s*,?\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=\s|,|$))/gy;

/** Reads all challenges of a header, also when several stand in one. What cannot be read ends the list. */
export function parseChallenges(header: string): readonly Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, name, quoted, token, scheme] of header.matchAll(PIECE)) {
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else found.at(-1)?.parameters.set((name ?? '').toLowerCase(), quoted === undefined ? (token ?? '') : quoted.replace(/\\(.)/g, '$1'));
  }
  return found;
}

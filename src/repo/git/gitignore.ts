/** `.gitignore` entries as DVC writes them: `/name`, one per line, special characters escaped. Pure text in, text out. */

/** The line that ignores `path`, which is relative to the folder of the `.gitignore`. */
export function gitignoreEntry(path: string): string {
  return `/${path.replaceAll(/[\\[\]!*#?]/g, (character) => `\\${character}`)}`;
}

/** The text with an entry for each of `paths`, behind all others; what is there already is not added again. */
export function addGitignoreEntries(text: string | undefined, paths: readonly string[]): string {
  const present = new Set((text ?? '').split(/\r?\n/).map((line) => line.trim()));
  const missing = [...new Set(paths.map(gitignoreEntry))].filter((entry) => !present.has(entry));
  if (missing.length === 0) return text ?? '';
  const eol = text?.includes('\r\n') === true ? '\r\n' : '\n';
  const start = text === undefined || text === '' || text.endsWith('\n') ? (text ?? '') : text + eol;
  return start + missing.map((entry) => entry + eol).join('');
}

/** The text without the entries of `paths`, escaped or not; undefined when nothing is left, and the file is to go. */
export function removeGitignoreEntries(text: string, paths: readonly string[]): string | undefined {
  // DVC looks for the entry as it was before escaping, and so never finds those with a `#`. Spaces around it count for neither.
  const gone = new Set(paths.flatMap((path) => [gitignoreEntry(path).trim(), `/${path}`.trim()]));
  const lines = text.split('\n').filter((line) => !gone.has(line.trim()));
  const kept = lines.join('\n');
  return kept.trim() === '' ? undefined : kept;
}

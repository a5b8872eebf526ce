/** A text in a question (https://developers.google.com/workspace/drive/api/guides/search-files, 2026-11-21). */
export const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const inFolders = (folders: readonly string[]): string => `(${folders.map((id) => `${quoted(id)} in parents`).join(' or ')})`;

/** Everything in these folders that is not in the trash. */
export const childrenQuery = (folders: readonly string[]): string => `${inFolders(folders)} and trashed=false`;

/** What is asked about: something of this name in one of these folders, which share a path. */
export interface Named { readonly folders: readonly string[]; readonly name: string }

/** All of those names; those in the same folders stand together, so that the question is short. */
export function namedQuery(all: readonly Named[]): string {
  const byFolders = new Map<string, { readonly folders: readonly string[]; readonly names: Set<string> }>();
  for (const { folders, name } of all) {
    const key = folders.join(' ');
    const known = byFolders.get(key) ?? { folders, names: new Set<string>() };
    byFolders.set(key, known);
    known.names.add(name);
  }
  const parts = [...byFolders.values()].map(({ folders, names }) => `${inFolders(folders)} and ${anyOf([...names].map((name) => `name=${quoted(name)}`))}`);
  return `${anyOf(parts)} and trashed=false`;
}

const anyOf = (parts: readonly string[]): string => (parts.length === 1 ? parts.join('') : `(${parts.map((part) => (part.includes(' and ') ? `(${part})` : part)).join(' or ')})`);

/** One key of a remote that an environment variable overrides. */
export interface Override { readonly key: string; readonly value: string; readonly variable: string }

/**
 * What `TOW_REMOTE_<NAME>_<KEY>` says of the remote `name`. Characters of the name that no variable can have are `_`.
 * Where two remotes could be meant (`a` and `a_b`), the longer name is.
 */
export function environmentOverrides(name: string, remotes: readonly string[], env: Readonly<Record<string, string | undefined>>): readonly Override[] {
  const own = prefixOf(name);
  const longer = remotes.map(prefixOf).filter((prefix) => prefix.length > own.length && prefix.startsWith(own));
  return Object.keys(env).flatMap((variable) => {
    const isMeant = variable.length > own.length && variable.startsWith(own) && !longer.some((prefix) => variable.length > prefix.length && variable.startsWith(prefix));
    const value = isMeant ? env[variable] : undefined;
    return value === undefined ? [] : [{ key: variable.slice(own.length).toLowerCase(), value, variable }];
  });
}

/** The start of the variables of a remote: `TOW_REMOTE_MY_STORE_`. */
function prefixOf(name: string): string {
  return `TOW_REMOTE_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_`;
}

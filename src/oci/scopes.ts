/** What may be done with one repository, as registries spell it: `repository:NAME:pull,push`. */
export type Scope = string;

const NAMED = /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)(?:\/|$)/;

/** What a token must allow for a request, read off the request itself. */
export function scopesOf({ method, url }: { readonly method: string; readonly url: URL }): readonly Scope[] {
  const name = NAMED.exec(url.pathname)?.[1];
  if (name === undefined) return [];
  const from = method === 'POST' ? url.searchParams.get('from') : null;
  return mergeScopes([`repository:${name}:${actionsOf(method, url)}`, ...(from === null ? [] : [`repository:${from}:pull`])]);
}

function actionsOf(method: string, { pathname }: URL): string {
  if (method === 'GET' || method === 'HEAD') return 'pull';
  // What is deleted below 'uploads' is an upload that nobody completes.
  return method === 'DELETE' && !pathname.includes('/blobs/uploads/') ? 'delete,pull,push' : 'pull,push';
}

/** One scope for each resource, sorted, so that what means the same is spelled the same. What is no scope stays as it is. */
export function mergeScopes(scopes: readonly Scope[]): readonly Scope[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of scopes.filter((one) => one !== '')) {
    const at = scope.lastIndexOf(':');
    const resource = scope.slice(0, Math.max(0, at));
    const known = actions.get(resource) ?? new Set<string>();
    actions.set(resource, known);
    for (const action of scope.slice(at + 1).split(',')) known.add(action);
  }
  return [...actions].map(([resource, some]) => (resource === '' ? [...some].sort().join(',') : `${resource}:${[...some].sort().join(',')}`)).sort();
}

/** Whether all of `wanted` is in `held`. */
export function covers(held: readonly Scope[], wanted: readonly Scope[]): boolean {
  return mergeScopes([...held, ...wanted]).join(' ') === mergeScopes(held).join(' ');
}

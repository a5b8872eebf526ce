import { isTemporaryName } from '../../disk/temporary.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import type { Entry, ListOptions, Page } from '../../storage/driver.ts';
import { isPath, type Path } from '../../storage/path.ts';
import { namesOf, urlOf } from './address.ts';
import { entryOf } from './entry.ts';
import type { Resource } from './multistatus.ts';
import { propfind } from './propfind.ts';
import type { Server } from './server.ts';

/** Lists one folder. The protocol knows no pages. */
export async function list(server: Server, folder: Path, { startsWith = '', signal }: ListOptions = {}): Promise<Page<Entry>> {
  const entries = new Map<Path, Entry>();
  for (const { name, resource } of await membersOf(server, folder, signal)) {
    const path = folder === '' ? name : `${folder}/${name}`;
    // A file that is not whole yet has no name of its own; a name that is no path cannot be asked for either.
    if (!name.startsWith(startsWith) || name.includes('/') || isTemporaryName(name) || !isPath(path)) continue;
    entries.set(path, entryOf(path, resource, server.learned.profile));
  }
  return { entries: [...entries.values()] };
}

interface Member { readonly name: string; readonly resource: Resource }

/** What lies directly in a folder; nothing where it is absent or a file. */
export async function membersOf(server: Server, folder: Path, signal: AbortSignal | undefined): Promise<readonly Member[]> {
  const resources = await resourcesIn(server, folder, signal);
  const named = resources.flatMap((resource) => {
    const names = namesOf(resource.href);
    return names === undefined ? [] : [{ resource, names }];
  });
  const self = ownNames(server, folder, named);
  return named.flatMap(({ names, resource }) => {
    if (!beginsWith(names, self)) throw stray(server, folder, resource);
    const name = names[self.length];
    // A server that gives more levels than were asked for is read as one that does not.
    return name !== undefined && names.length === self.length + 1 ? [{ name, resource }] : [];
  });
}

async function resourcesIn(server: Server, folder: Path, signal: AbortSignal | undefined): Promise<readonly Resource[]> {
  try {
    return await propfind(server, folder, { verb: 'list', depth: 1, signal });
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return [];
    throw error;
  }
}

interface Named { readonly resource: Resource; readonly names: readonly string[] }

/** The names of the folder itself as the server spells them: behind a proxy they are not those that were asked for, but those that all members begin with. */
function ownNames(server: Server, folder: Path, named: readonly Named[]): readonly string[] {
  const asked = namesOf(urlOf(server.base, folder).pathname) ?? [];
  if (named.some(({ names }) => isSame(names, asked))) return asked;
  const shortest = named.toSorted((one, other) => one.names.length - other.names.length)[0];
  return shortest?.resource.isCollection === true && named.every(({ names }) => beginsWith(names, shortest.names)) ? shortest.names : asked;
}

const beginsWith = (names: readonly string[], start: readonly string[]): boolean => start.every((name, index) => names[index] === name);
const isSame = (one: readonly string[], other: readonly string[]): boolean => one.length === other.length && beginsWith(one, other);

function stray({ displayUrl }: Server, folder: Path, { href }: Resource): TowlineError {
  return new TowlineError('CORRUPT', `listing '${folder}' on ${displayUrl}: the server names ${JSON.stringify(href.slice(0, 200))}, which does not lie there`, { hint: 'Look whether the URL is that of the WebDAV server, and whether a proxy alters its answers.' });
}

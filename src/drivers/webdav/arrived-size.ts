import { TowlineError } from '../../errors.ts';
import type { Path } from '../../storage/path.ts';
import { propfind, resourceAt } from './propfind.ts';
import type { Server } from './server.ts';

/** What has come under a name of its own, for an object that will be `path`. */
export interface Arrived { readonly name: Path; readonly path: Path; readonly expected: number | undefined; readonly signal: AbortSignal | undefined }

/** Asks the server how much it has, before that gets its name: of what it copied, and of bytes whose number it was not told. Undefined where it is no file. */
export async function arrivedSize(server: Server, { name, path, expected, signal }: Arrived): Promise<number | undefined> {
  const found = resourceAt(server, name, await propfind(server, name, { verb: 'write', depth: 0, signal }));
  if (found === undefined || found.isCollection) return undefined;
  if (expected === undefined || found.size === undefined || found.size === expected) return found.size ?? expected;
  throw new TowlineError('CORRUPT', `'${path}' did not arrive whole on ${server.displayUrl}: it has ${found.size} of ${expected} bytes there`, { context: { path } });
}

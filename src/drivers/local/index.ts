import { nodeDisk } from '../../disk/node.ts';
import { TowlineError } from '../../errors.ts';
import { type Address, defineDriver } from '../../storage/definition.ts';
import { createLocalDriver } from './driver.ts';
import { localOptions } from './options.ts';

/** After a power cut a smaller file is there or empty, and an empty one counts as absent; a larger one may be there in part. docs/decisions/local-fsync.md. */
const LARGE = 1024 * 1024;

/** A folder of this machine, or of a network drive. */
export const local = defineDriver({
  kind: 'storage',
  name: 'local',
  schemes: ['', 'file'],
  options: localOptions,
  parse,
  open: async (address, options, { platform, processors, disk = nodeDisk }) =>
    createLocalDriver(address.path ?? '', {
      disk, platform, processors,
      isShared: options.shared === 'group',
      ...(options.file_mode !== undefined && { mode: options.file_mode }),
      syncFrom: options.fsync ? 0 : LARGE,
      isCloned: options.type?.includes('reflink') ?? true,
    }),
});

/** A path as it is typed; 'file://' takes percent-escapes, as everywhere, and no other machine. */
function parse(url: string): Address {
  const named = /^file:\/\/(?<host>[^/]*)(?<path>\/.*)$/i.exec(url)?.groups;
  if (named === undefined) return { displayUrl: url, path: url };
  if (named['host'] !== '' && named['host']?.toLowerCase() !== 'localhost') {
    throw new TowlineError('INVALID_CONFIG', `'${url}' names the machine '${named['host']}'; a file URL means this one`, { hint: "Write file:///path, or use ssh:// for another machine." });
  }
  return { displayUrl: url, path: decode(url, named['path'] ?? '') };
}

function decode(url: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new TowlineError('INVALID_CONFIG', `'${url}' has a '%' that starts no escape`, { cause, hint: "Write '%25' for a percent sign, or give the plain path." });
  }
}

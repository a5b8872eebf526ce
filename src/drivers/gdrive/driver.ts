import { abortable } from '../../storage/call.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { Driver } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { createLogin } from './auth.ts';
import { createClient } from './client.ts';
import { originOf } from './copy.ts';
import { deleteObjects } from './delete.ts';
import { list, type SeenNames } from './list.ts';
import type { DriveOptions } from './options.ts';
import { read, stat } from './read.ts';
import { upload } from './resumable.ts';
import type { Session } from './session.ts';
import { hostsOf } from './settings.ts';
import { createTree, type Tree } from './tree.ts';
import { write } from './write.ts';

/** Drive takes some 200 requests a second of a user, and three writes. */
const CONCURRENCY = 16;
/** Names that are looked up by two questions at most, and deleted eight at a time. */
const DELETE_BATCH = 50;

/** Makes the driver of one folder. Nothing is read or sent before the first verb. */
export function createDriveDriver(address: Address, options: DriveOptions, opening: Opening): Driver {
  const session = createSession(address, options, opening);
  const seen: SeenNames = new Map();
  return {
    displayUrl: address.displayUrl,
    traits: { writes: 'atomic', listing: 'directory', etagField: 'checksum', concurrency: CONCURRENCY, deleteBatch: DELETE_BATCH },
    stat: (path, call) => stat(session, path, call),
    read: (path, call) => read(session, path, call),
    write: (path, source, call) => write(session, path, { source, options: call ?? {} }),
    list: (folder, call) => list(session, folder, { ...call, seen }),
    delete: (names, call) => deleteObjects(session, names, call),
    upload: (path, call) => upload(session, path, call ?? {}),
    origin: (path) => originOf(session, path),
    close: () => session.client.close(),
  };
}

function createSession(address: Address, options: DriveOptions, opening: Opening): Session {
  const { host: root = '', path: base = '' } = address;
  const hosts = hostsOf(options);
  const transport = opening.connect();
  const login = createLogin({ options, hosts, opening, transport, displayUrl: address.displayUrl });
  const client = createClient(hosts, { transport, login, now: opening.now });
  const trees = new Map<string, Tree>();
  const treeOf = (one: string): Tree => {
    const tree = trees.get(one) ?? createTree({ client, root: one, now: opening.now });
    trees.set(one, tree);
    return tree;
  };
  const placeOf = (path: Path): string => (base === '' ? path : path === '' ? base : `${base}/${path}`);
  const warned = new Set<string>();
  return {
    client, options, opening, root, treeOf, placeOf, tree: treeOf(root), inTurn: createTurns(),
    where: (path) => `gdrive://${root}/${placeOf(path)}`.replace(/\/$/, ''),
    warnOnce(warning) {
      if (warned.has(warning.code)) return;
      warned.add(warning.code);
      opening.warn(warning);
    },
  };
}

/** Work of one name waits for what was begun before it, also behind one that gave up waiting. */
function createTurns(): Session['inTurn'] {
  const last = new Map<string, Promise<unknown>>();
  return async (path, signal, act) => {
    const before = last.get(path);
    const turn = (async () => {
      if (before) await abortable(before, signal);
      return await act();
    })();
    const settled = Promise.allSettled([before, turn]);
    last.set(path, settled);
    try {
      return await turn;
    } finally {
      void settled.then(() => { if (last.get(path) === settled) last.delete(path); });
    }
  };
}

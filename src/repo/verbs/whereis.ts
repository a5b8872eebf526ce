import { TowlineError } from '../../errors.ts';
import { isTreeOid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import type { OidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import { hasData } from '../collect/select.ts';
import { collectStages } from '../collect/stages.ts';
import { matchTargets, type Selected } from '../collect/targets.ts';
import { listWanted } from '../collect/wanted.ts';
import type { DataRemote } from '../data-remote.ts';
import type { Repo } from '../repo.ts';

/** How many of the objects of a tracked path a place has. */
export interface Whereabouts {
  /** 'cache', or the name of a remote. */
  readonly place: string;
  readonly url?: string;
  readonly present: number;
  /** Why it could not be asked. */
  readonly error?: string;
}
/** A tracked path and its objects: its files, and the listing of a directory. Without `objects` nobody has the listing, so nobody knows how many there are. */
export interface Located {
  readonly path: string;
  readonly objects?: number;
  readonly places: readonly Whereabouts[];
}

/** Where the data of tracked paths is: in the cache, and on every configured remote. One that cannot be asked is named, and hides no other. */
export async function whereis(repo: Repo, { targets, cwd }: { readonly targets: readonly string[]; readonly cwd: string }, call: CallOptions = {}): Promise<readonly Located[]> {
  const selected = matchTargets(await collectStages(repo.workspace), targets, { root: repo.root, cwd }).filter(hasData);
  const { remotes } = await repo.workspace.config();
  const located: Located[] = [];
  for (const one of selected) located.push(await locate(repo, one, { ...call, remotes }));
  return located;
}

async function locate(repo: Repo, one: Selected, { remotes, ...call }: CallOptions & { readonly remotes: readonly string[] }): Promise<Located> {
  const { output, inner } = one;
  const path = inner === '' ? output.path : `${output.path}/${inner}`;
  const name = output.hash?.name ?? 'md5';
  const cache = repo.cache.objects(name);
  const opened: DataRemote[] = [];
  const open = async (remote: string): Promise<ObjectDb> => {
    const found = repo.remote(repo.workspace, { command: 'whereis', name: remote });
    opened.push(found);
    return await found.objects(name, [output]);
  };
  try {
    const places: { readonly place: string; readonly url?: string; readonly db: ObjectDb | TowlineError }[] = [{ place: 'cache', db: cache }];
    for (const remote of remotes) {
      const db = await answered(open(remote));
      const url = opened.find((known) => known.name === remote)?.url;
      places.push({ place: remote, db, ...(url !== undefined && { url }) });
    }
    const databases = places.flatMap(({ db }) => (db instanceof TowlineError ? [] : [db]));
    const wanted = await wantedOf(one, databases, call);
    const found: Whereabouts[] = [];
    for (const { db, ...place } of places) found.push({ ...place, ...(await countIn(db, wanted, call)) });
    return { path, ...(wanted && { objects: wanted.count }), places: found };
  } finally {
    for (const remote of opened) await remote.close();
  }
}

/** The objects; without its listing only that of a directory itself can be looked for. */
async function wantedOf(one: Selected, databases: readonly ObjectDb[], call: CallOptions): Promise<OidSet | undefined> {
  const { hash } = one.output;
  for (const db of databases) {
    const wanted = await answered(listWanted([one], hash?.name ?? 'md5', { ...call, places: [db] }));
    if (!(wanted instanceof TowlineError) && (wanted.lost.length === 0 || !hash || !isTreeOid(hash.value))) return wanted.objects;
  }
  return undefined;
}

async function countIn(db: ObjectDb | TowlineError, wanted: OidSet | undefined, call: CallOptions): Promise<Pick<Whereabouts, 'present' | 'error'>> {
  if (db instanceof TowlineError) return { present: 0, error: db.message };
  const found = wanted && (await answered(db.present(wanted, call)));
  if (found instanceof TowlineError) return { present: 0, error: found.message };
  return { present: found?.count ?? 0 };
}

/** What went wrong is an answer, too, but for a stop by the user. */
async function answered<T>(work: Promise<T>): Promise<T | TowlineError> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
    return error;
  }
}

import { checkObjects, type CheckedObject } from '../../odb/check-objects.ts';
import type { HashName, Oid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, type OidSet, oidSet } from '../../odb/oid-set.ts';
import { type Shard, shareOf } from '../../odb/shard.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import type { JobOptions } from '../../storage/storage.ts';
import { selectOutputs } from '../collect/select.ts';
import type { Selected } from '../collect/targets.ts';
import { listWanted, nameOids } from '../collect/wanted.ts';
import type { DataRemote } from '../data-remote.ts';
import type { Repo } from '../repo.ts';
import { repairObject } from '../verify/repair.ts';
import { createProgress } from '../verify/resume.ts';

/** What to look through, and how far. */
export interface VerifyRequest {
  /** The cache, or a remote: the default one without a name. */
  readonly place: { readonly kind: 'cache' } | { readonly kind: 'remote'; readonly name?: string };
  /** Puts a good copy in the place of what is damaged: from the cache, from the remotes named here, and for the cache from the default remote. */
  readonly repair?: boolean;
  readonly from?: readonly string[];
  /** Reads every object, also where the service vouches for it by a checksum. */
  readonly download?: boolean;
  /** Stops after about so many bytes; the next call goes on there. Default: no limit. */
  readonly budgetBytes?: number;
  readonly jobs?: number;
  /** Only this share of the objects; others look through the others. */
  readonly shard?: Shard;
}
/** An object that is not what its name says. */
export interface Problem {
  readonly oid: Oid;
  readonly hash: HashName;
  /** A tracked file of the workspace that it is, where it is one. */
  readonly path?: string;
  readonly kind: 'damaged' | 'unreadable';
  readonly reason: string;
  readonly repaired: boolean;
}
/** `attested`: of those checked, by the service's own checksum alone. `left`: not looked at, for the budget was used up. */
export interface VerifyResult {
  readonly place: string;
  readonly checked: number;
  readonly attested: number;
  readonly bytesRead: number;
  readonly left: number;
  readonly problems: readonly Problem[];
}

const HASHES: readonly HashName[] = ['md5', 'md5-dos2unix'];

/** Compares every object of the cache or a remote with its name: by the checksum the service keeps where it is one of the content, else by reading it. */
export async function verify(repo: Repo, request: VerifyRequest, { signal }: JobOptions = {}): Promise<VerifyResult> {
  const call: JobOptions = { ...(signal && { signal }), ...(request.jobs !== undefined && { jobs: request.jobs }) };
  const remote = request.place.kind === 'cache' ? undefined : repo.remote(repo.workspace, { command: 'remote verify', ...(request.place.name !== undefined && { name: request.place.name }) });
  if (remote?.versions && request.repair === true) throw new TowlineError('UNSUPPORTED', `remote '${remote.name}' keeps the files themselves in versions, of which none can be replaced`, { hint: "Leave '--repair' out; push the file anew from where it is good." });
  const helpers = request.repair === true ? (request.from ?? []).map((name) => repo.remote(repo.workspace, { command: 'verify', name })) : [];
  const tally = { checked: 0, attested: 0, bytesRead: 0, left: 0, problems: [] as Problem[] };
  try {
    for (const name of HASHES) await verifyHash({ repo, request, remote, helpers, tally, call }, name);
    return { place: remote?.name ?? 'cache', ...tally, problems: await withPaths(repo, tally.problems, call) };
  } finally {
    for (const one of [remote, ...helpers]) await one?.close();
  }
}

interface Verifying {
  readonly repo: Repo;
  readonly request: VerifyRequest;
  readonly remote: DataRemote | undefined;
  readonly helpers: readonly DataRemote[];
  readonly call: JobOptions;
  readonly tally: { checked: number; attested: number; bytesRead: number; left: number; problems: Problem[] };
}

async function verifyHash(verifying: Verifying, name: HashName): Promise<void> {
  const { repo, request, remote, tally, call } = verifying;
  const db = remote ? await remote.objects(name, remote.versions ? (await tracked(repo, call)).map(({ output }) => output) : []) : repo.cache.objects(name);
  const all = shareOf(await objectsOf(verifying, db), request.shard);
  const sure = request.download === true ? oidSet([]) : ((await db.attested?.(all, call)) ?? oidSet([]));
  tally.attested += sure.count;
  tally.checked += sure.count;
  const progress = createProgress(repo, { place: request.shard ? `${db.displayUrl} ${request.shard.index}/${request.shard.count}` : db.displayUrl, name });
  const rest = all.minus(sure);
  const next = request.budgetBytes === undefined ? rest : progress.rest(rest, request.budgetBytes - tally.bytesRead);
  tally.left += rest.count - next.count;
  repo.lent.report?.({ kind: 'phase', name: `Verifying ${remote?.name ?? 'the cache'}`, files: next.count });
  for await (const found of checkObjects(db, next, { ...call, onBytes: (bytes) => repo.lent.report?.({ kind: 'advance', files: 0, bytes }) })) {
    repo.lent.report?.({ kind: 'advance', files: 1, bytes: 0 });
    // What has gone meanwhile was deleted by somebody.
    if (found.problem?.kind === 'absent') continue;
    tally.checked++;
    tally.bytesRead += found.bytes;
    if (found.problem) tally.problems.push(await describe(verifying, db, found));
  }
  if (request.budgetBytes !== undefined) progress.save(rest, next);
}

/** All there are; where a storage cannot list, those that the workspace names. */
async function objectsOf({ repo, call }: Verifying, db: ObjectDb): Promise<OidSet> {
  const builder = createOidSetBuilder();
  try {
    for await (const some of db.list(call)) for (const oid of some.oids()) builder.add(oid, some.sizeOf(oid));
    return builder.build();
  } catch (error) {
    if (!hasCode(error, 'UNSUPPORTED')) throw error;
    const selected = await tracked(repo, call);
    return await db.present((await listWanted(selected, db.hashName, { ...call, places: [repo.cache.objects(db.hashName), db] })).objects, call);
  }
}

async function describe({ repo, request, remote, helpers, call }: Verifying, db: ObjectDb, { oid, problem }: CheckedObject): Promise<Problem> {
  const { kind = 'damaged', reason = '' } = problem ?? {};
  const about = { oid, hash: db.hashName, kind: kind === 'unreadable' ? kind : 'damaged', reason } as const;
  if (request.repair !== true) return { ...about, repaired: false };
  const sources: ObjectDb[] = remote ? [repo.cache.objects(db.hashName)] : [];
  for (const helper of helpers) sources.push(await helper.objects(db.hashName));
  return { ...about, repaired: await repairObject(db, oid, { ...call, sources }) };
}

async function tracked(repo: Repo, call: JobOptions): Promise<readonly Selected[]> {
  const [workspace] = await selectOutputs(repo, { cwd: repo.root }, { ...call, for: 'fetch' });
  return workspace?.selected ?? [];
}

/** Which tracked file each is, looked up only when something is wrong. */
async function withPaths(repo: Repo, problems: readonly Problem[], call: JobOptions): Promise<readonly Problem[]> {
  if (problems.length === 0) return problems;
  const selected = await tracked(repo, call);
  const named = new Map<string, string>();
  for (const name of HASHES) {
    const own = problems.filter(({ hash }) => hash === name).map(({ oid }) => oid);
    if (own.length === 0) continue;
    const { trees } = await listWanted(selected, name, { ...call, places: [repo.cache.objects(name)] });
    for (const [oid, path] of nameOids(new Set(own), selected, trees)) named.set(`${name} ${oid}`, path);
  }
  return problems.map((one) => {
    const path = named.get(`${one.hash} ${one.oid}`);
    return path === undefined ? one : { ...one, path };
  });
}

export const hasUnrepaired = ({ problems }: VerifyResult): boolean => problems.some(({ repaired }) => !repaired);

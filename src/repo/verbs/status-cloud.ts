import { filterOids, haveSameOids, oidSet } from '../../odb/oid-set.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { presentOnBoth } from '../../odb/present-on-both.ts';
import { isInShard, type Shard, shareOf } from '../../odb/shard.ts';
import type { CallOptions } from '../../storage/call.ts';
import { byRemote } from '../collect/by-remote.ts';
import { keepLook, recallLook, remembersLooks } from '../collect/last-look.ts';
import { type Selection, selectOutputs } from '../collect/select.ts';
import { collectStages } from '../collect/stages.ts';
import { hashNamesOf, inside, listWanted, noteWhole } from '../collect/wanted.ts';
import type { Repo } from '../repo.ts';

/** What to compare with which remote. */
export interface CloudStatusRequest extends Selection {
  readonly remote?: string;
  /** Only this share of the objects. */
  readonly shard?: Shard;
}

/** 'new': only here; 'deleted': only on the remote; 'missing': on neither. */
export type CloudChange = 'new' | 'deleted' | 'missing';

/** What differs between the cache and the remotes, by path of the tracked file. */
export interface CloudStatus {
  readonly remotes: readonly string[];
  /** Nothing is tracked in this repository yet. */
  readonly isEmpty: boolean;
  readonly changes: Readonly<Record<string, CloudChange>>;
}

/** Compares the cache with the remotes, object by object. */
export async function statusCloud(repo: Repo, request: CloudStatusRequest, call: CallOptions = {}): Promise<CloudStatus> {
  const { shard } = request;
  const selection = await selectOutputs(repo, request, { ...call, for: 'push' });
  const changes = new Map<string, CloudChange>();
  const remotes: string[] = [];
  for (const { remote, selected: group } of byRemote(repo, selection, { ...(request.remote !== undefined && { name: request.remote }), command: 'status' })) {
    remotes.push(remote.name);
    try {
      for (const name of hashNamesOf(group)) {
        const [cache, target] = [repo.cache.objects(name), await remote.objects(name, group.map(({ output }) => output))];
        const isKnown = (oid: Oid): boolean => [cache, target].map((db) => db.whole?.has(oid) === true).every(Boolean);
        const selected = group.filter(({ output: { hash } }) => hash?.name !== name || !isKnown(hash.value));
        const isRemembered = remembersLooks(target, shard);
        const known = isRemembered ? recallLook(cache, selected) : undefined;
        const found = known && (await target.present(known, call));
        if (found && found.count === known.count) continue;
        const wanted = await listWanted(selected, name, { ...call, places: [cache, target] });
        const all = shareOf(wanted.objects, shard);
        const { here, there } = await presentOnBoth(all, { cache, target, ...(found && haveSameOids(known, all) && { there: found }) }, call);
        if (isRemembered) keepLook(cache, selected, { wanted, here });
        const lost = new Set(wanted.lost.filter((oid) => !shard || isInShard(oid, shard)));
        const isSame = here.count === all.count && there.count === all.count;
        const differing = isSame ? oidSet([]) : filterOids(all, (oid) => !here.has(oid) || !there.has(oid));
        if (differing.count === 0 && !shard) for (const db of [cache, target]) noteWhole(db, selected, wanted);
        const changeOf = (oid: Oid): CloudChange | undefined => (lost.has(oid) ? 'missing' : !differing.has(oid) ? undefined : here.has(oid) ? 'new' : there.has(oid) ? 'deleted' : 'missing');
        const trees = new Map(wanted.trees.map((tree) => [tree.oid, tree]));
        for (const { output, inner } of selected) {
          if (output.hash?.name !== name) continue;
          const change = changeOf(output.hash.value);
          // DVC takes the listing from the remote before it compares, so one that only the remote has is never shown.
          if (change !== 'deleted' || !isTreeOid(output.hash.value)) note(changes, output.path, change);
          const tree = isTreeOid(output.hash.value) ? trees.get(output.hash.value) : undefined;
          if (tree && (differing.count > 0 || lost.size > 0)) for (const { oid, relpath } of inside(tree, inner)) note(changes, `${output.path}/${relpath}`, changeOf(oid));
        }
      }
    } finally {
      await remote.close();
    }
  }
  const isEmpty = remotes.length === 0 && (await collectStages(repo.workspace)).length === 0;
  return { remotes, isEmpty, changes: Object.fromEntries(changes) };
}

function note(changes: Map<string, CloudChange>, path: string, change: CloudChange | undefined): void {
  if (change) changes.set(path, change);
}

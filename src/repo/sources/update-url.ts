import { removeTree } from '../../disk/folders.ts';
import { TowlineError } from '../../errors.ts';
import { oidsOf } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import { observe } from '../collect/observe.ts';
import { isCached, outputChange } from '../collect/output-change.ts';
import { stageHash } from '../files/stage-hash.ts';
import type { Repo } from '../repo.ts';
import type { Content, Output, PathDependency, Stage } from '../stage.ts';
import { bring, holdOf } from './bring.ts';
import { openDependency } from './dependency.ts';
import { fingerprint } from './fingerprint.ts';
import { contentOf, land } from './landing.ts';
import { type Found, lookAt, type UrlPlace } from './open-url.ts';
import { sameContent } from './same-content.ts';
import { sendToRemote } from './send.ts';
import { urlOffer } from './url-offer.ts';

/** How an import is brought up to date. */
export interface Updating extends CallOptions {
  readonly noDownload?: boolean;
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly jobs?: number;
  readonly force?: boolean;
  /** The version to take, instead of the newest. */
  readonly revision?: string;
}

/** The stage as it is now; undefined when nothing has changed, here or there. The `.dvc` file is not written yet. */
export async function updateFromUrl(repo: Repo, { stage, dependency }: { readonly stage: Stage; readonly dependency: PathDependency }, updating: Updating): Promise<Stage | undefined> {
  const place = await openDependency(repo, await repo.workspace.config(), { stage, dependency });
  try {
    const found = await lookAt(place, { ...signalOf(updating), ...(place.isVersioned && updating.revision !== undefined && { versionId: updating.revision }) });
    return await renew(repo, { stage, dependency, place, found }, updating);
  } finally {
    await place.storage.close();
  }
}

export const signalOf = ({ signal }: CallOptions): CallOptions => (signal ? { signal } : {});

interface Renewal {
  readonly stage: Stage;
  readonly dependency: PathDependency;
  readonly place: UrlPlace;
  readonly found: Found;
}

async function renew(repo: Repo, { stage, dependency, place, found }: Renewal, updating: Updating): Promise<Stage | undefined> {
  const { noDownload, toRemote, remote, jobs } = updating;
  const call = { ...signalOf(updating), ...(jobs !== undefined && jobs > 0 && { jobs }) };
  const offer = urlOffer(place, found);
  // Where the bytes must be read to be compared, they are kept as they pass.
  const isRead = place.local !== undefined || place.storage.driver.traits.etagField === 'md5';
  const early = isRead && noDownload !== true && toRemote !== true ? await bring(holdOf(repo), offer, call) : undefined;
  const now = await fingerprint(place, found, { ...signalOf(updating), lent: repo.lent, ...(early && { brought: early }) });
  const isSame = sameContent(dependency, now);
  if (isSame && (await isUnchanged(repo, stage, updating))) return undefined;
  const fresh = (content: Partial<Output>): Stage => withContent(stage, { dependency: { ...withoutContent(dependency), ...now }, content });
  if (toRemote === true) return fresh(contentOf(await sendToRemote(repo, offer, { ...call, remote, command: 'update' })));
  if (noDownload === true) {
    await takeAway(repo, stage, updating);
    return fresh({ meta: {} });
  }
  const [output] = stage.outputs;
  const observed = output && (await observe(repo, [output], signalOf(updating))).get(output);
  const isHere = isSame && output?.hash !== undefined && observed !== undefined && (await isCached(repo, output, { ...signalOf(updating), now: observed }));
  const content = isHere && output?.hash ? { hash: output.hash, meta: output.meta } : contentOf(early ?? (await bring(holdOf(repo), offer, call)));
  const renewed = fresh(content);
  await land(repo, renewed, { ...signalOf(updating), force: updating.force === true });
  return renewed;
}

/** True when nothing of a stage differs from what its file says. */
export async function isUnchanged(repo: Repo, stage: Stage, call: CallOptions): Promise<boolean> {
  const [output] = stage.outputs;
  if (!output?.hash || stage.md5 !== stageHash(stage)) return false;
  const now = (await observe(repo, [output], signalOf(call))).get(output);
  return now !== undefined && (await outputChange(repo, output, { ...signalOf(call), now })) === undefined;
}

function withoutContent({ hash: _hash, meta: _meta, files: _files, hashName: _name, ...rest }: PathDependency): Omit<PathDependency, keyof Content> {
  return rest;
}

/** The stage with another dependency and other content of its output, and the md5 that goes with them. */
export function withContent(stage: Stage, { dependency, content }: { readonly dependency: Stage['dependencies'][number]; readonly content: Partial<Output> }): Stage {
  const outputs = stage.outputs.map(({ hash: _hash, files: _files, meta: _meta, ...rest }): Output => ({ ...rest, meta: {}, ...content, hashName: 'md5' }));
  const next = { ...stage, dependencies: [dependency], outputs };
  return { ...next, md5: stageHash(next) };
}

/** Takes the data of an import out of the workspace, as DVC does when only its `.dvc` file is to be brought up to date; data that is saved nowhere stays. */
export async function takeAway(repo: Repo, stage: Stage, { force, ...call }: Updating): Promise<void> {
  const [output] = stage.outputs;
  if (!output) return;
  const now = (await observe(repo, [output], signalOf(call))).get(output);
  if (!now || now.kind === 'absent') return;
  const oids = now.kind === 'directory' ? oidsOf(now.entries) : [now.oid];
  if (force !== true && !repo.cache.objects(output.hashName).hasAll(oids)) {
    throw new TowlineError('PRECONDITION_FAILED', `Can't remove the following unsaved files without confirmation. Use \`--force\` to force.\n${repo.root}/${output.path}`, { hint: "Nothing was changed. 'tow add' or 'tow commit' saves them." });
  }
  removeTree(repo.lent.disk, `${repo.root}/${output.path}`);
}

import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { readPlaced } from '../checkout/placed.ts';
import { observe } from '../collect/observe.ts';
import { collectStages } from '../collect/stages.ts';
import { matchWithStages } from '../collect/targets.ts';
import type { Selection } from '../collect/select.ts';
import type { Fault } from '../fault.ts';
import type { Repo } from '../repo.ts';
import { bringRecorded } from '../sources/bring-recorded.ts';
import { contentOf, land } from '../sources/landing.ts';
import { isImport, type Output, type Stage } from '../stage.ts';

/** What became of imports whose data was left where it is. `added`: outputs, directories with '/' behind them. */
export interface PartialPulled {
  readonly added: readonly string[];
  readonly files: number;
  readonly failed: readonly Fault[];
}

/** Brings imports that were made without their data (`--no-download`) to the workspace, as they were recorded. Their `.dvc` files stay as they are, until an `update`. */
export async function pullPartial(repo: Repo, request: Selection & { readonly force?: boolean; readonly jobs?: number }, call: CallOptions = {}): Promise<PartialPulled> {
  const { stages } = matchWithStages(await collectStages(repo.workspace), request.targets ?? [], { ...request, root: repo.root });
  const added: string[] = [];
  const failed: Fault[] = [];
  let files = 0;
  for (const stage of stages) {
    const [output] = stage.outputs;
    if (!output || !isPartial(stage, output) || (await isPlaced(repo, output, call))) continue;
    try {
      const brought = await bringRecorded(repo, stage, { ...call, ...(request.jobs !== undefined && { jobs: request.jobs }) });
      await land(repo, { ...stage, outputs: [{ ...output, ...contentOf(brought), hashName: 'md5' }] }, { ...call, force: request.force === true });
      added.push(brought.tree ? `${output.path}/` : output.path);
      files += brought.tree?.entries.length ?? 1;
    } catch (error) {
      if (!(error instanceof TowlineError) || error.code === 'ABORTED' || error.code === 'PRECONDITION_FAILED') throw error;
      failed.push({ oid: '' as Fault['oid'], path: output.path, reason: error.message });
    }
  }
  return { added, files, failed };
}

/** An import that knows what it wants, and has none of it. */
function isPartial(stage: Stage, output: Output): boolean {
  if (!isImport(stage) || output.hash !== undefined || output.place !== 'repository') return false;
  const [dependency] = stage.dependencies;
  if (dependency?.kind === 'repo') return dependency.lockedRevision !== undefined;
  if (dependency?.kind !== 'path' && dependency?.kind !== 'url') return false;
  const { hash, files, meta } = dependency;
  return hash !== undefined || files !== undefined || meta.etag !== undefined || meta.checksum !== undefined;
}

async function isPlaced(repo: Repo, output: Output, call: CallOptions): Promise<boolean> {
  const now = (await observe(repo, [{ ...output, hashName: 'md5' }], call)).values().next().value;
  return now !== undefined && now.kind !== 'absent' && readPlaced(repo).get(output.path) === now.oid;
}

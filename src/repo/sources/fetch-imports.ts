import { hasCode, TowlineError } from '../../errors.ts';
import { shownUrl } from '../../remotes/shown-url.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Selected } from '../collect/targets.ts';
import type { Fault } from '../fault.ts';
import type { Repo } from '../repo.ts';
import type { Stage } from '../stage.ts';
import { bringRecorded } from './bring-recorded.ts';
import { sourceOf } from './repo-contents.ts';
import { shownImport } from './update-repo.ts';

/** What came of imports that were fetched from where they came from. */
export interface FetchedImports { readonly fetched: number; readonly bytes: number; readonly failed: readonly Fault[]; readonly missing: readonly Fault[] }

/** Fetches the data of imports from where they came from, at the commits or versions their files record; what has become other data there is a failure. A source that cannot be reached costs its own imports only. */
export async function fetchImports(repo: Repo, imports: readonly Selected[], options: CallOptions & { readonly jobs?: number }): Promise<FetchedImports> {
  let fetched = 0;
  let bytes = 0;
  const failed: Fault[] = [];
  const missing: Fault[] = [];
  const seen = new Set<string>();
  for (const one of imports) {
    const oid = one.output.hash?.value;
    if (oid === undefined || seen.has(oid)) continue;
    seen.add(oid);
    try {
      const brought = await bringRecorded(repo, one.stage, options);
      if (brought.oid !== oid) throw new TowlineError('CORRUPT', `what '${one.output.path}' was imported from has other data now at the recorded commit (${brought.oid})`, { hint: `'tow update ${one.stage.file}' takes it.` });
      fetched += brought.tree ? brought.tree.entries.length : 1;
      bytes += brought.size;
    } catch (error) {
      if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
      (hasCode(error, 'NOT_FOUND') ? missing : failed).push({ oid, path: one.output.path, reason: `imported from '${originOf(one.stage)}': ${error.message}` });
    }
  }
  return { fetched, bytes, failed, missing };
}

function originOf(stage: Stage): string {
  const source = sourceOf(stage);
  if (source) return shownImport(source);
  const [dependency] = stage.dependencies;
  return dependency?.kind === 'url' || dependency?.kind === 'path' ? shownUrl(dependency.written) : stage.file;
}

import { release } from '../checkout/release.ts';
import { collectStages } from '../collect/stages.ts';
import { matchTargets } from '../collect/targets.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';

/** Which tracked data is to be free of the cache. */
export interface UnprotectRequest { readonly targets: readonly string[]; readonly cwd: string }
/** The files that were linked or read-only, relative to the root. */
export interface UnprotectResult { readonly files: readonly string[] }

/** Makes files of the workspace the user's own: what is a link into the cache becomes a copy, each in one step, and can be written to. */
export async function unprotect(repo: Repo, { targets, cwd }: UnprotectRequest, call: CallOptions = {}): Promise<UnprotectResult> {
  const selected = matchTargets(await collectStages(repo.workspace), targets, { root: repo.root, cwd }).filter(({ output }) => output.cache && output.place === 'repository');
  const files: string[] = [];
  for (const { output, inner } of selected) files.push(...(await release(repo, inner === '' ? output.path : `${output.path}/${inner}`, call)));
  return { files };
}

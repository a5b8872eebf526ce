import { TowlineError } from '../../errors.ts';
import type { ArtifactStore } from '../../storage/artifacts.ts';
import type { ArtifactCase, Tools } from './case.ts';

/** What came of one case. */
export interface ArtifactCaseResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly reason?: string;
  readonly error?: unknown;
}

class Skipped extends Error {}

/** Runs one case on the empty repository `store`; never throws. */
export async function runArtifactCase({ name, run }: ArtifactCase, store: ArtifactStore, tools: Omit<Tools, 'skip'>): Promise<ArtifactCaseResult> {
  try {
    await run(store, { ...tools, skip: (reason) => { throw new Skipped(reason); } });
    return { name, outcome: 'passed' };
  } catch (error) {
    if (error instanceof Skipped) return { name, outcome: 'skipped', reason: error.message };
    if (error instanceof TowlineError && error.code === 'UNSUPPORTED') return { name, outcome: 'skipped', reason: error.message, error };
    return { name, outcome: 'failed', reason: error instanceof Error ? error.message : String(error), error };
  }
}

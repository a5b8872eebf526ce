import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { throwIfAborted } from '../call.ts';
import { type Driver, supports } from '../driver.ts';
import { joinPath, type Path } from '../path.ts';
import type { Case } from './case.ts';

/** What came of one case. */
export interface CaseResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason?: string;
  readonly error?: unknown;
  readonly ms: number;
}
/** Which cases, and what they may use. */
export interface RunOptions extends Pick<Runtime, 'now'> {
  readonly cases: readonly Case[];
  /** Known quirks of this storage: a case by its name, and the reason. */
  readonly skips?: readonly { readonly case: string; readonly reason: string }[];
  /** Opens the same storage once more. Default: the same driver again. */
  readonly reopen?: () => Promise<Driver>;
  readonly signal?: AbortSignal;
  readonly onResult?: (result: CaseResult) => void;
}

/** Runs cases one after the other, each in a folder of its own below `scratch`. What they leave there is the caller's to delete. */
export async function runCases(driver: Driver, scratch: Path, options: RunOptions): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const [index, one] of options.cases.entries()) {
    throwIfAborted(options.signal);
    const result = await runCase(driver, one, { ...options, folder: joinPath(scratch, String(index + 1).padStart(3, '0')) });
    options.onResult?.(result);
    results.push(result);
  }
  return results;
}

class Skipped extends Error {}

/** Runs one case; never throws. */
export async function runCase(driver: Driver, one: Case, { now, skips = [], reopen, folder }: Omit<RunOptions, 'cases'> & { readonly folder: Path }): Promise<CaseResult> {
  const begun = now();
  const end = (outcome: CaseResult['outcome'], details: Pick<CaseResult, 'reason' | 'error'> = {}): CaseResult => ({ name: one.name, outcome, ms: now() - begun, ...details });
  const known = skips.find((skip) => skip.case === one.name);
  if (known) return end('skipped', { reason: known.reason });
  const missing = one.needs.filter((verb) => !supports(driver, verb));
  if (missing.length > 0) return end('skipped', { reason: `the protocol has no ${missing.join(', ')}` });
  try {
    await one.run(driver as Parameters<Case['run']>[0], folder, {
      reopen: reopen ?? (async () => driver),
      now,
      skip: (reason) => { throw new Skipped(reason); },
    });
    return end('passed');
  } catch (error) {
    if (error instanceof Skipped) return end('skipped', { reason: error.message });
    if (error instanceof TowlineError && error.code === 'UNSUPPORTED') return end('skipped', { reason: error.message, error });
    return end('failed', { reason: error instanceof Error ? error.message : String(error), error });
  }
}

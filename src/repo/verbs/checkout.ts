import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { collectStages } from '../collect/stages.ts';
import { keepListings } from '../versioned/keep-listings.ts';
import { hasData } from '../collect/select.ts';
import { matchTargets } from '../collect/targets.ts';
import { observe } from '../collect/observe.ts';
import { refuseBusy } from '../busy.ts';
import { applyPlans, type PlaceErrors } from '../checkout/apply.ts';
import { abandonedOutputs, rememberPlaced, removeAbandoned } from '../checkout/placed.ts';
import { type OutputPlan, planOutput } from '../checkout/plan.ts';
import type { Repo } from '../repo.ts';

/** Which outputs to bring to the workspace, and what may be lost by it. */
export interface CheckoutRequest {
  readonly targets?: readonly string[];
  readonly cwd: string;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly glob?: boolean;
  /** Files whose content is nowhere else may be replaced or removed. */
  readonly force?: boolean;
  /** Makes all links anew. */
  readonly relink?: boolean;
  readonly allowMissing?: boolean;
  /** Outputs that the cache does not have all of are left as they are. */
  readonly onlyWhole?: boolean;
}

/** What a checkout did, by output: directories end with '/'. `failed`: outputs that are not whole, with the files that could not be brought out. */
export interface CheckoutResult {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly deleted: readonly string[];
  readonly failed: readonly { readonly path: string; readonly faults: readonly { readonly path: string; readonly reason: string }[] }[];
  readonly relinked: boolean;
  /** Outputs that were left as they are, since the cache does not have all of them yet. */
  readonly waiting: readonly string[];
  /** Single files, as DVC counts them. */
  readonly files: { readonly added: number; readonly modified: number; readonly deleted: number };
}

/**
 * Makes the workspace what the `.dvc` files say. Nothing whose content is not in the cache is replaced or removed without `force`; a missing
 * object costs only its own file. All outputs are looked at before the first is touched.
 */
export async function checkout(repo: Repo, request: CheckoutRequest, call: CallOptions = {}): Promise<CheckoutResult> {
  const stages = await collectStages(repo.workspace);
  const selected = matchTargets(stages, request.targets ?? [], { ...request, root: repo.root }).filter(hasData);
  await keepListings(repo, selected.map(({ output }) => output), call);
  const observed = await observe(repo, [...new Set(selected.map(({ output }) => output))], call);
  const all: OutputPlan[] = [];
  for (const one of selected) {
    const now = observed.get(one.output);
    if (now) all.push(await planOutput(repo, { ...one, observed: now, relink: request.relink === true }, call));
  }
  const isReady = ({ missing }: OutputPlan): boolean => request.onlyWhole !== true || missing.length === 0;
  const plans = all.filter(isReady);
  const abandoned = (request.targets ?? []).length === 0 ? await abandonedOutputs(repo, stages, call) : [];
  if (request.force !== true) refuseLoss(plans);
  // DVC looks only at what a running stage uses where it runs stages itself, and pulls the data from under it.
  await refuseBusy(repo, { writes: [...plans.filter(({ change, place, remove }) => change !== 'none' || place.length + remove.length > 0).map(({ path }) => path), ...abandoned] });
  const errors = await applyPlans(repo, plans, call);
  for (const path of abandoned) removeAbandoned(repo, path);
  rememberPlaced(repo, stages, plans);
  return { ...describe(plans, { errors, abandoned, allowMissing: request.allowMissing === true }), relinked: request.relink === true, waiting: all.filter((plan) => !isReady(plan)).map(({ path }) => path) };
}

function refuseLoss(plans: readonly OutputPlan[]): void {
  const unsaved = plans.flatMap((plan) => plan.unsaved);
  if (unsaved.length === 0) return;
  throw new TowlineError('PRECONDITION_FAILED', `Can't remove the following unsaved files without confirmation. Use \`--force\` to force.\n${unsaved.join('\n')}`, {
    hint: "Nothing was changed. 'tow add' or 'tow commit' saves them.",
  });
}

interface Outcome {
  readonly errors: PlaceErrors;
  readonly abandoned: readonly string[];
  readonly allowMissing: boolean;
}

function describe(plans: readonly OutputPlan[], { errors, abandoned, allowMissing }: Outcome): Omit<CheckoutResult, 'relinked' | 'waiting'> {
  const failed = plans.flatMap((plan) => {
    const faults = [...(allowMissing ? [] : plan.missing.map((path) => ({ path, reason: 'not in the cache' }))), ...[...(errors.get(plan) ?? [])].map(([path, error]) => ({ path, reason: error.message }))];
    return faults.length === 0 ? [] : [{ path: plan.path, faults }];
  });
  const isDone = (plan: OutputPlan): boolean => {
    const failures = errors.get(plan)?.size ?? 0;
    return plan.place.length - failures + plan.remove.length > 0 || plan.missing.length + failures === 0;
  };
  const labels = (change: OutputPlan['change']): readonly string[] => plans.filter((plan) => plan.change === change && isDone(plan)).map(({ label }) => label);
  const sum = (count: (plan: OutputPlan) => number): number => plans.reduce((total, plan) => total + count(plan), 0);
  const unplaced = sum((plan) => errors.get(plan)?.size ?? 0);
  return {
    added: sortLabels(labels('added')),
    modified: sortLabels(labels('modified')),
    deleted: sortLabels(abandoned),
    failed,
    files: { added: Math.max(0, sum(({ files }) => files.added) - unplaced), modified: sum(({ files }) => files.modified), deleted: sum(({ files }) => files.deleted) + abandoned.length },
  };
}

/** Directories first, each group in alphabetical order. */
function sortLabels(labels: readonly string[]): readonly string[] {
  const rank = (label: string): number => (label.endsWith('/') ? 0 : 1);
  return [...labels].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

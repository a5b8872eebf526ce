import { checkout as checkoutOutputs, type CheckoutResult } from '../../repo/verbs/checkout.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';
import { few, fromHere, summary } from '../wording.ts';

export const checkout = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    summary: { type: 'boolean', help: 'show how many files changed instead of which' },
    withDeps: { type: 'boolean', short: 'd', help: 'for all dependencies of the targets' },
    recursive: { type: 'boolean', short: 'R', help: 'for everything in the given directories' },
    force: { type: 'boolean', short: 'f', help: 'replace files whose content is saved nowhere' },
    relink: { type: 'boolean', help: 'make all links or copies anew' },
    allowMissing: { type: 'boolean', help: 'do not mind files that are not in the cache' },
  },
  examples: ['tow checkout', 'tow checkout -f data/train'],
  async run({ flags, positionals }, context) {
    return withRepository(context, flags, async (repo) => {
      const result = await checkoutOutputs(repo, { ...flags, targets: positionals, cwd: context.cwd }, context);
      return { ...seenFrom(result, (path) => fromHere(repo.root, context.cwd, path)), asSummary: flags.summary };
    });
  },
  *text(result) {
    if (result.relinked && result.failed.length === 0) yield 'Relinked successfully';
    else if (result.asSummary) yield fileSummary(result) || 'No changes.';
    else yield* changeLines(result);
  },
  json: ({ asSummary: _shown, ...result }) => result,
  faults: (result) => checkoutFaults(result, ["'tow pull' brings what the cache lacks."]),
  exitCode: ({ failed }) => (failed.length > 0 ? 255 : 0),
});

/** The same result with its paths as the user sees them from where he stands. */
export function seenFrom(result: CheckoutResult, show: (path: string) => string): CheckoutResult {
  const { added, modified, deleted, failed } = result;
  return {
    ...result, added: added.map(show), modified: modified.map(show), deleted: deleted.map(show),
    failed: failed.map(({ path, faults }) => ({ path: show(path), faults: faults.map((fault) => ({ ...fault, path: show(fault.path) })) })),
  };
}

/** A checkout, and what else was added: in the order DVC shows it, directories first. */
export function withAdded(result: CheckoutResult, { added, files }: { readonly added: readonly string[]; readonly files: number }): CheckoutResult {
  const rank = (path: string): number => (path.endsWith('/') ? 0 : 1);
  const all = [...result.added, ...added].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return { ...result, added: all, files: { ...result.files, added: result.files.added + files } };
}

/** 'M       data/': changed, then new, then gone. */
export function changeLines({ modified, added, deleted }: CheckoutResult): readonly string[] {
  return [...modified.map((path) => `M       ${path}`), ...added.map((path) => `A       ${path}`), ...deleted.map((path) => `D       ${path}`)];
}

/** '2 files added and 1 file modified', or ''. */
export function fileSummary({ files }: CheckoutResult): string {
  return summary([['modified', files.modified], ['added', files.added], ['deleted', files.deleted]]);
}

/** DVC's lines for outputs that are not whole, then which files they lack. */
export function checkoutFaults({ failed }: CheckoutResult, next: readonly string[] = []): readonly string[] {
  if (failed.length === 0) return [];
  const files = failed.flatMap(({ faults }) => faults.map(({ path, reason }) => `  ${path}: ${reason}`));
  return [['Checkout failed for following targets:', ...failed.map(({ path }) => path), 'Is your cache up to date?', '<https://error.dvc.org/missing-files>', ...few(files), ...next].join('\n')];
}

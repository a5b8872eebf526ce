import { TowlineError } from '../../errors.ts';
import type { Output, Stage } from '../stage.ts';
import { stageAddress } from '../stage.ts';

interface Owned {
  readonly stage: Stage;
  readonly output: Output;
}

/** Throws, in DVC's words, when a path is tracked twice, one output lies in another, or a `.dvc` file lies in an output. */
export function checkOverlaps(stages: readonly Stage[]): void {
  const owned = new Map<string, Owned>();
  for (const stage of stages) {
    for (const output of stage.outputs) {
      if (output.place !== 'repository') continue;
      const other = owned.get(output.path);
      if (other !== undefined) throw duplicate(output.path, [other.stage, stage]);
      owned.set(output.path, { stage, output });
    }
  }
  for (const inner of owned.values()) {
    const outer = above(inner.output.path, owned);
    if (outer !== undefined) throw overlap(outer, inner);
  }
  for (const stage of stages) {
    const outer = above(stage.file, owned);
    if (outer === undefined) continue;
    throw new TowlineError('INVALID_ARGUMENT', `${stageAddress(stage)} is within an output '${outer.output.path}' of another stage`, { context: { file: stage.file, path: outer.output.path } });
  }
}

/** The output that `path` lies in. */
function above(path: string, owned: ReadonlyMap<string, Owned>): Owned | undefined {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
    const found = owned.get(path.slice(0, cut));
    if (found !== undefined) return found;
  }
  return undefined;
}

function duplicate(path: string, [first, second]: readonly [Stage, Stage]): TowlineError {
  const [one, two] = [stageAddress(first), stageAddress(second)];
  const message =
    one === two
      ? `output '${path}' is already specified in stage: '${one}'.\nUse \`dvc remove ${one}\` to stop tracking the overlapping output.`
      : `output '${path}' is specified in:\n\t- ${one}\n\t- ${two}\nUse \`dvc remove\` with any of the above targets to stop tracking the overlapping output.`;
  return new TowlineError('INVALID_ARGUMENT', message, { context: { path } });
}

function overlap(outer: Owned, inner: Owned): TowlineError {
  const message = [
    `The output paths:\n'${outer.output.path}'('${stageAddress(outer.stage)}')`,
    `'${inner.output.path}'('${stageAddress(inner.stage)}')`,
    'overlap and are thus in the same tracked directory.',
    'To keep reproducibility, outputs should be in separate tracked directories or tracked individually.',
  ].join('\n');
  return new TowlineError('INVALID_ARGUMENT', message, { context: { path: inner.output.path, outer: outer.output.path } });
}

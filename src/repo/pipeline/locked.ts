import { parseDvcLock } from '../files/dvc-lock.ts';
import { decodeText } from '../files/yaml-text.ts';
import { sameYaml, toYaml } from '../files/yaml-value.ts';
import type { Revision } from '../revision.ts';
import type { Stage } from '../stage.ts';

/** True when `dvc.lock` says that the stage last ran with another command; a stage that never ran has nothing to compare with. */
export async function isCommandChanged(revision: Revision, stage: Stage): Promise<boolean> {
  const file = stage.file.replace(/dvc\.yaml$/, 'dvc.lock');
  const text = await revision.parsed(file, decodeText);
  const locked = text === undefined ? undefined : parseDvcLock(text, file).stages.get(stage.name ?? '');
  return locked !== undefined && !sameYaml(locked.command, toYaml(stage.command ?? null));
}

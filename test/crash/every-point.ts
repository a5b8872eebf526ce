import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crashing } from '../../src/disk/crashing.ts';
import { nodeDisk } from '../../src/disk/node.ts';
import { followFile } from '../../src/disk/read.ts';
import { isTemporaryName } from '../../src/disk/temporary.ts';
import type { Lent } from '../../src/repo/repo.ts';
import { type CaseFolder, caseFolder, copyTree, objectsIn, scratchFolder, workspaceOf, wrongObjects } from './case-folder.ts';

/** One verb on one repository. */
export interface Story {
  /** Makes what is there before the verb. */
  prepare(machine: CaseFolder): Promise<void>;
  /** Runs the verb; throws when not all was done. */
  run(lent: Lent, machine: CaseFolder): Promise<void>;
  /** Of many alike in the middle only every so-and-so-manieth point. Default: each. */
  readonly every?: number;
  /** How many points of its beginning and its end are looked at one by one. */
  readonly edge?: number;
}

/**
 * Lets the machine go off at every change of a file that `run` makes. After each: no object is wrong, every file of the user is the old one
 * or the new, and the same verb again ends where an undisturbed run does. Gives back how many points there were.
 */
export async function crashAtEveryPoint(story: Story): Promise<number> {
  const scratch = scratchFolder();
  try {
    const template = join(scratch.folder, 'template');
    const before = caseFolder(template);
    for (const folder of [template, before.work, before.remote]) mkdirSync(folder);
    await story.prepare(before);
    const undisturbed = fresh(template, join(scratch.folder, 'undisturbed'));
    await story.run(undisturbed.lend(), undisturbed);
    const [old, wanted] = [workspaceOf(before), workspaceOf(undisturbed)];
    const last = 2 * await countChanges(story, fresh(template, join(scratch.folder, 'counted')));
    const { every = 1, edge = EDGE } = story;
    for (let at = 0; ; at += at < edge || at > last - edge ? 1 : every) {
      const machine = fresh(template, join(scratch.folder, `at-${at}`));
      const hasCrashed = await crashAt(story, machine, at);
      checkWhole(machine, { old, wanted, at });
      if (hasCrashed) await story.run(machine.lend(), machine);
      // An empty folder that a crash has left is no content: neither DVC nor Git knows of any.
      assert.deepEqual(filesOf(workspaceOf(machine)), filesOf(wanted), `the workspace after a crash at ${at} and a second run`);
      for (const place of ['work/.dvc/cache', 'remote']) assert.deepEqual(objectsAt(machine, place), objectsAt(undisturbed, place), `${place} after a crash at ${at} and a second run`);
      if (!hasCrashed) return at;
      rmSync(machine.folder, { recursive: true });
    }
  } finally {
    scratch.remove();
  }
}

/** What begins and ends a verb is looked at point by point. */
const EDGE = 24;

async function countChanges(story: Story, machine: CaseFolder): Promise<number> {
  const disk = crashing(nodeDisk, 2 ** 30);
  await story.run(machine.lend(disk), machine);
  return disk.changes;
}

async function crashAt(story: Story, machine: CaseFolder, at: number): Promise<boolean> {
  const disk = crashing(nodeDisk, at);
  try {
    await story.run(machine.lend(disk), machine);
  } catch (error) {
    if (!disk.crashed) throw error;
  }
  return disk.crashed;
}

function checkWhole(machine: CaseFolder, { old, wanted, at }: { readonly old: ReadonlyMap<string, string>; readonly wanted: ReadonlyMap<string, string>; readonly at: number }): void {
  const when = `after a crash at ${at}`;
  for (const place of ['work/.dvc/cache', 'remote']) assert.deepEqual(wrongIn(machine, place), [], `wrong objects in ${place} ${when}`);
  const now = workspaceOf(machine);
  for (const path of new Set([...old.keys(), ...wanted.keys()])) {
    assert.ok([old, wanted].some((one) => fileAt(one, path) === fileAt(now, path)), `'${path}' is ${now.get(path) ?? 'gone'} ${when}: neither ${old.get(path) ?? 'absent'} nor ${wanted.get(path) ?? 'absent'}`);
  }
  const strange = [...now].filter(([path, content]) => content !== 'folder' && !old.has(path) && !wanted.has(path) && !isTemporaryName(path.slice(path.lastIndexOf('/') + 1)));
  assert.deepEqual(strange, [], `files of nobody ${when}`);
}

/** A folder that is empty for a moment holds nothing that could be lost. */
const fileAt = (content: ReadonlyMap<string, string>, path: string): string | undefined => (content.get(path) === 'folder' ? undefined : content.get(path));

function fresh(template: string, folder: string): CaseFolder {
  copyTree(template, folder);
  return caseFolder(folder);
}

const filesOf = (map: ReadonlyMap<string, string>): ReturnType<typeof sorted> => sorted(map).filter(([, content]) => content !== 'folder');
const sorted = (map: ReadonlyMap<string, string>): readonly (readonly [string, string])[] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const objectsAt = ({ folder }: CaseFolder, place: string): ReturnType<typeof sorted> => ifThere(join(folder, place), (path) => sorted(objectsIn(path)));
const wrongIn = ({ folder }: CaseFolder, place: string): readonly string[] => ifThere(join(folder, place), wrongObjects);

function ifThere<T>(path: string, look: (path: string) => readonly T[]): readonly T[] {
  return followFile(path) === undefined ? [] : look(path);
}

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { erase, files, write } from './changes.ts';
import type { Twin, Twins } from './twins.ts';

/** What is pushed first to a remote that keeps versions. */
export const FIRST = { foo: 'foo\n', 'data/a': 'a\n', 'data/sub/b': 'b\n' };

/** Takes the data away, from the workspace and the cache. */
export function clear({ root }: Twin): void {
  for (const path of ['.dvc/cache', 'foo', 'data']) rmSync(join(root, path), { recursive: true, force: true });
}

/** Pushes two commits, of which the second changes, adds and deletes files. `noted`: a `.dvc` file without what is another in each bucket; both programs must note the same. */
export async function pushTwoCommits(twins: Twins, noted: (twin: Twin, file: string) => string): Promise<void> {
  const agree = (file: string, why: string): void => { assert.equal(noted(twins.tow, file), noted(twins.dvc, file), why); };
  const commit = async (message: string): Promise<void> => { await twins.git('add', '-A'); await twins.git('commit', '-qm', message); };
  twins.change(files(FIRST));
  await twins.run(['add', '-q', 'foo', 'data']);
  await twins.run(['push']);
  for (const file of ['foo.dvc', 'data.dvc']) agree(file, file);
  await commit('first');
  await twins.run(['push']);
  twins.change(write('data/a', 'aa\n'), write('data/new', 'n\n'), erase('data/sub'));
  await twins.run(['add', '-q', 'data']);
  agree('data.dvc', 'what did not change keeps its version');
  await twins.run(['push']);
  agree('data.dvc', 'what was pushed is noted');
  await commit('second');
}

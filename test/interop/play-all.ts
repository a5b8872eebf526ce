import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { whyMissing } from '../judges.ts';
import { startDvc, type DvcProgram } from './dvc-program.ts';
import { play, type Ending } from './play.ts';
import { stores, type RunningStore, type Store } from './stores.ts';
import { usual, type Casting, type Story } from './story.ts';

export interface PlayOptions {
  readonly on: readonly Store['name'][];
  readonly casts?: Casting;
}

/** Registers a test for every story, cast and store: all casts must end as the judge does. */
export function playAll(stories: readonly Story[], { on, casts = usual }: PlayOptions): void {
  for (const name of on) {
    const store = stores.find((one) => one.name === name);
    assert.ok(store, `no store '${name}'`);
    const skip = whyMissing('dvc') ?? store.missing ?? false;
    describe(`DVC and tow on ${store.name}`, { skip }, () => {
      const stage = onStage(store);
      for (const story of stories) describe(story.name, () => playCasts(story, casts, stage));
    });
  }
}

function playCasts(story: Story, { judge, others }: Casting, stage: () => Stage): void {
  let judged: Promise<Ending> | undefined;
  const theirs = (): Promise<Ending> => (judged ??= play(story, judge, stage()));
  for (const cast of others(story)) {
    test(cast.name, async () => {
      const expected = await theirs();

      const actual = await play(story, cast, stage());

      // The workspace first: what is wrong there explains the rest.
      for (const part of ['machines', 'remote', 'status', 'cloud', 'said'] as const) assert.deepEqual(actual[part], expected[part], `${part}: ${cast.name} (first) and ${judge.name} end differently`);
    });
  }
}

interface Stage { readonly dvc: DvcProgram; readonly store: RunningStore }

/** Starts what the stories of one store need, once, and stops it after them. */
function onStage(store: Store): () => Stage {
  let stage: Stage | undefined;
  before(async () => { stage = { dvc: startDvc(store.modules), store: await store.start() }; });
  after(async () => {
    stage?.dvc.stop();
    await stage?.store.stop();
  });
  return () => {
    assert.ok(stage, 'the stage is set');
    return stage;
  };
}

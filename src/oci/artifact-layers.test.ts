import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clock } from '../../test/lent.ts';
import { digestOf } from './digest.ts';
import { TowlineError } from '../errors.ts';
import { layeredArtifacts } from './artifact-layers.ts';
import type { ArtifactStore, Descriptor, PushOptions } from '../storage/artifacts.ts';
import { gather } from '../storage/content.ts';
import { standardLayers } from '../storage/layers/standard.ts';
import { readOnly } from '../storage/layers/read-only.ts';
import type { TraceEvent } from '../storage/layers/trace.ts';
import { parsePath } from '../storage/path.ts';
import { fromBytes, type Source } from '../storage/source.ts';

const bytes = Buffer.from('0123456789');
const target: Descriptor = { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: 10 };
const down = (): never => { throw new TowlineError('UNAVAILABLE', 'down', { retryable: true }); };

/** A store of one blob, of which every first call fails, and every body breaks once. */
function flaky(): ArtifactStore & { readonly calls: string[] } {
  const calls: string[] = [];
  const first = (name: string): void => {
    calls.push(name);
    if (calls.filter((one) => one === name).length === 1) down();
  };
  let breaks = 1;
  return {
    calls,
    displayUrl: 'test:',
    origin: () => ({ kind: 'memory', bytes }),
    close: async () => undefined,
    async exists() { first('exists'); return true; },
    async resolve() { first('resolve'); return target; },
    async referrers() { first('referrers'); return [target]; },
    async *tags() { yield 'one'; first('tags'); yield 'two'; },
    async fetch(_target, { start = 0, end = 10 } = {}) {
      first(`fetch ${start}-${end}`);
      const body = (async function* () {
        yield bytes.subarray(start, Math.min(end, start + 4));
        if (breaks-- > 0) down();
        yield bytes.subarray(Math.min(end, start + 4), end);
      })();
      return { entry: { path: parsePath(target.digest), kind: 'file', size: 10 }, body, cancel: () => undefined };
    },
    async push(_target: Descriptor, source: Source, { resume, onToken }: PushOptions = {}) {
      calls.push(`push from ${resume ?? 'the start'}`);
      await gather(source.open(), 100);
      onToken?.('half');
      if (resume === undefined) down();
      return { how: 'streamed' };
    },
    async tag() { first('tag'); },
    async delete() { first('delete'); },
  };
}

const around = (store: ArtifactStore, trace: TraceEvent[] = []): ArtifactStore => layeredArtifacts(store, {
  concurrency: 4, layers: standardLayers({ concurrency: 4, onTrace: (event) => { trace.push(event); } }, { ...clock, wait: async () => undefined }),
});

describe('the layers of drivers around a store of artifacts', () => {
  it('repeat every call that may be repeated, and hand on what it gives', async () => {
    const store = flaky();
    const layered = around(store);

    assert.equal(await layered.exists(target), true);
    assert.equal(await layered.resolve('latest'), target);
    assert.deepEqual(await layered.referrers(target), [target]);
    await layered.tag(target, 'latest');
    await layered.delete(target);
    const tags: string[] = [];
    for await (const tag of layered.tags()) tags.push(tag);

    assert.deepEqual(tags, ['one', 'two']);
    assert.deepEqual(store.calls, ['exists', 'resolve', 'referrers', 'tag', 'delete', 'tags'].flatMap((name) => [name, name]));
  });

  it('a body that breaks goes on where it was, whole and in a range', async () => {
    for (const range of [{}, { start: 2, end: 9 }]) {
      const content = await around(flaky()).fetch(target, range);
      assert.equal(Buffer.from(await gather(content.body, 100)).toString(), bytes.subarray(range.start, range.end).toString());
    }
  });

  it('a body that went on with other bytes is CORRUPT before its end', async () => {
    const store = flaky();
    const changed: ArtifactStore = { ...store, async fetch(wanted, options) {
      const content = await store.fetch(wanted, options);
      return (options?.start ?? 0) > 0 ? { ...content, body: (async function* () { yield Buffer.alloc(10 - (options?.start ?? 0)); })() } : content;
    } };
    const { body } = await around(changed).fetch(target);

    await assert.rejects(gather(body, 100), { code: 'CORRUPT' });
  });

  it('a push that failed is taken up where it was', async () => {
    const store = flaky();
    const tokens: string[] = [];

    await around(store).push(target, fromBytes(bytes), { onToken: (token) => { tokens.push(token); } });

    assert.deepEqual(store.calls, ['push from the start', 'push from half']);
    assert.deepEqual(tokens, ['half', 'half']);
  });

  it('each call is traced once, and nothing is written through a store that is for reading only', async () => {
    const trace: TraceEvent[] = [];
    await around(flaky(), trace).exists(target);
    assert.deepEqual(trace.map(({ verb, path, outcome }) => [verb, path, outcome]), [['stat', target.digest, 'done']]);

    const store = flaky();
    const reading = layeredArtifacts(store, { concurrency: 1, layers: [readOnly] });
    for (const act of [reading.push(target, fromBytes(bytes)), reading.tag(target, 'latest'), reading.delete(target)]) await assert.rejects(act, { code: 'UNSUPPORTED', message: /reading only/ });
    assert.deepEqual(store.calls, []);
  });
});

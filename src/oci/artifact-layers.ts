import { TowlineError } from '../errors.ts';
import type { ArtifactStore, Descriptor, FetchOptions, PushOptions } from '../storage/artifacts.ts';
import type { CallOptions } from '../storage/call.ts';
import type { Content, Driver, With } from '../storage/driver.ts';
import { applyLayers, type Layer } from '../storage/layer.ts';
import { parsePath } from '../storage/path.ts';
import { fromBytes, type Source } from '../storage/source.ts';
import { verifiedChunks } from './digest.ts';

/** What stands around a store, outermost first, and how many calls it takes well. */
export interface ArtifactLayers {
  readonly layers: readonly Layer[];
  readonly concurrency: number;
}

/** A store with the layers of drivers around it: retry, limit, timeout, resumption and trace are the same for both. */
export function layeredArtifacts(inner: ArtifactStore, { layers, concurrency }: ArtifactLayers): ArtifactStore {
  const driver = applyLayers(createCarrier(inner.displayUrl, concurrency), layers) as With<'list'>;
  const call = callThrough(driver);
  return {
    displayUrl: inner.displayUrl,
    origin: (target) => inner.origin(target),
    close: async () => { await inner.close(); },
    exists: async (target, options) => await call.look(target.digest, options, async (given) => await inner.exists(target, given)),
    resolve: async (reference, options) => await call.look(reference, options, async (given) => await inner.resolve(reference, given)),
    referrers: async (target, options) => await call.look(target.digest, options, async (given) => await inner.referrers(target, { ...options, ...given })),
    fetch: async (target, options = {}) => await call.read(target, options, async (given) => await inner.fetch(target, { ...options, ...given })),
    async *tags(options) {
      // A list that broke is fetched anew as a whole, so nothing of it is given before.
      yield* await call.list(options, async (given) => await gathered(inner.tags(given)));
    },
    async push(target, source, options = {}) {
      let token = options.resume;
      const noting: PushOptions = { ...options, onToken: (given) => { token = given; options.onToken?.(given); } };
      return await call.write(target, { source, options, act: async (given, from) => await inner.push(target, from, { ...noting, ...given, ...(token !== undefined && { resume: token }) }) });
    },
    tag: async (target, tag, options = {}) => await call.write(target, { source: NOTHING, options, act: async (given) => { await inner.tag(target, tag, given); } }),
    delete: async (target, options) => { await call.remove(target, options, async (given) => { await inner.delete(target, given); }); },
  };
}

const NOTHING: Source = fromBytes(new Uint8Array());

/** What a call brings along in its options: what is to be done, once for each try. */
interface Carried<T> extends FetchOptions { readonly act: (given: FetchOptions, source: Source) => Promise<T> }

/** Has the verbs of a driver and does nothing by itself: each call brings along what it does, and so passes all layers. */
function createCarrier(displayUrl: string, concurrency: number): With<'write' | 'list' | 'delete'> {
  // Layers hand answers on as they are, so a call gets back what its own act gave.
  const run = async (options: CallOptions | undefined, source = NOTHING): Promise<never> => {
    const { act, signal, start, end } = options as Carried<unknown>;
    return (await act({ ...(signal && { signal }), ...(start !== undefined && { start }), ...(end !== undefined && { end }) }, source)) as never;
  };
  return {
    displayUrl,
    traits: { writes: 'atomic', listing: 'subtree', etagField: 'etag', concurrency, deleteBatch: 1 },
    stat: async (_path, options) => await run(options),
    read: async (_path, options) => await run(options),
    write: async (_path, source, options) => await run(options, source),
    list: async (_folder, options) => await run(options),
    async delete(names, options) {
      await run(options);
      return names;
    },
  };
}

type Act<T> = (given: FetchOptions) => Promise<T>;
interface Writing<T> { readonly source: Source; readonly options: CallOptions; readonly act: (given: CallOptions, source: Source) => Promise<T> }
interface Through {
  look<T>(name: string, options: CallOptions | undefined, act: Act<T>): Promise<T>;
  list<T>(options: CallOptions | undefined, act: Act<T>): Promise<T>;
  read(target: Descriptor, options: FetchOptions, act: Act<Content>): Promise<Content>;
  write<T>(target: Descriptor, writing: Writing<T>): Promise<T>;
  remove(target: Descriptor, options: CallOptions | undefined, act: Act<void>): Promise<void>;
}

function callThrough(driver: Driver & Required<Pick<Driver, 'list'>>): Through {
  const carry = <T>(options: CallOptions | undefined, act: Carried<T>['act']): Carried<T> => ({ ...(options?.signal && { signal: options.signal }), act });
  const refuse = (target: Descriptor): never => {
    throw new TowlineError('UNSUPPORTED', `${driver.displayUrl} is opened for reading only ('read_only'), so ${target.digest} is left as it is`);
  };
  return {
    look: async (name, options, act) => await driver.stat(parsePath(name), carry(options, act)) as never,
    list: async (options, act) => await driver.list(parsePath(''), carry(options, act)) as never,
    async read(target, { start, end, ...options }, act) {
      const { digest, size } = target;
      // Named by its digest, it is the same content whenever a broken read goes on.
      const same: Act<Content> = async (given) => {
        const content = await act(given);
        return content.bytes ? content : { entry: { ...content.entry, etag: digest }, body: content.body, cancel: () => { content.cancel(); } };
      };
      const content = await driver.read(parsePath(digest), { ...carry(options, same), ...(start !== undefined && { start }), ...(end !== undefined && { end }) });
      if (content.bytes || (start ?? 0) > 0 || (end ?? size) < size) return content;
      // What went on in the middle was checked by nobody as a whole.
      return { entry: content.entry, body: verifiedChunks(content.body, target, `${digest} of ${driver.displayUrl}`), cancel: () => { content.cancel(); } };
    },
    write: async (target, { source, options, act }) => await (driver.write ?? refuse(target))(parsePath(target.digest), source, carry(options, act)) as never,
    async remove(target, options, act) {
      const [result] = await (driver.delete ?? refuse(target))([{ path: parsePath(target.digest) }], carry(options, act));
      if (result?.error) throw result.error;
    },
  };
}

async function gathered(tags: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const tag of tags) all.push(tag);
  return all;
}

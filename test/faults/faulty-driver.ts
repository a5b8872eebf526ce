import { TowlineError } from '../../src/errors.ts';
import type { Content, Driver } from '../../src/storage/driver.ts';
import { around, type Call, type Layer } from '../../src/storage/layer.ts';
import type { Source } from '../../src/storage/source.ts';

/** What goes wrong with the bytes of a read, a write or a send, at a byte. */
export type ByteFault = 'cut' | 'flip' | 'stall';
/** One thing that goes wrong. */
export type Fault =
  | { readonly at: Call['verb']; readonly do: 'fail' | 'refuse' | 'hang'; readonly on?: (call: Call) => boolean; readonly times?: number }
  | { readonly at: 'read' | 'write' | 'send'; readonly do: ByteFault; readonly byte: number; readonly on?: (call: Call) => boolean; readonly times?: number };

/** A driver in which things go wrong as told, each `times` times (default: always). */
export function faulty(faults: readonly Fault[]): Layer {
  const left = new Map(faults.map((fault) => [fault, fault.times ?? Infinity]));
  const strikes = (call: Call): Fault | undefined => {
    const fault = faults.find((one) => one.at === call.verb && (left.get(one) ?? 0) > 0 && (one.on?.(call) ?? true));
    if (fault) left.set(fault, (left.get(fault) ?? 0) - 1);
    return fault;
  };
  return around(async (call, next) => {
    const fault = strikes(call);
    if (fault === undefined) return await next();
    if (!('byte' in fault)) {
      if (fault.do === 'fail') throw broken(call);
      if (fault.do === 'refuse') throw new TowlineError('PERMISSION_DENIED', `'${call.verb}' is refused on purpose`);
      return await untilAborted(call.signal);
    }
    const spoiling: Spoiling = { do: fault.do, byte: fault.byte, call };
    if (call.source) return await next({ source: spoilSource(call.source, spoiling) });
    const content = (await next()) as Content;
    return { entry: content.entry, cancel: () => { content.cancel(); }, body: spoil(content.body, spoiling) } as Awaited<ReturnType<typeof next>>;
  });
}

/** The error of a connection that broke: it may be tried again. */
export function broken({ verb, path }: Pick<Call, 'verb' | 'path'>): TowlineError {
  return new TowlineError('UNAVAILABLE', `'${verb}' of '${path ?? ''}' was cut on purpose`, { retryable: true });
}

interface Spoiling { readonly do: ByteFault; readonly byte: number; readonly call: Call }

function spoilSource(source: Source, spoiling: Spoiling): Source {
  const { origin: _origin, ...rest } = source;
  return { ...rest, open: (options) => spoil(source.open(options), spoiling) };
}

/** Lets bytes pass up to the one where it goes wrong. */
async function* spoil(chunks: AsyncIterable<Uint8Array>, { byte, do: what, call }: Spoiling): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of chunks) {
    const at = byte - position;
    position += chunk.byteLength;
    if (at < 0 || at >= chunk.byteLength) {
      yield chunk;
      continue;
    }
    if (what === 'flip') {
      const copy = Buffer.from(chunk);
      copy[at] = (copy[at] ?? 0) ^ 1;
      yield copy;
      continue;
    }
    if (at > 0) yield chunk.subarray(0, at);
    if (what === 'cut') throw broken(call);
    await untilAborted(call.signal);
  }
}

async function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const stop = (): void => { reject(new TowlineError('ABORTED', 'what hung was given up')); };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Counts calls by verb. */
export function counting(counts: Map<Call['verb'], number>): Layer {
  return around(async (call, next) => {
    counts.set(call.verb, (counts.get(call.verb) ?? 0) + 1);
    return await next();
  });
}

/** Every path a storage shows, with its bytes' size. */
export async function visible(driver: Driver): Promise<ReadonlyMap<string, number | undefined>> {
  const found = new Map<string, number | undefined>();
  const page = await driver.list?.('' as Parameters<NonNullable<Driver['list']>>[0]);
  for (const entry of page?.entries ?? []) found.set(entry.path, entry.size);
  return found;
}

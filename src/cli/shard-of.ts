import { hasCode, TowlineError } from '../errors.ts';
import { parseShard, type Shard } from '../odb/shard.ts';

/** What `--shard` says, as a part of a request. */
export function shardOf({ shard: text }: { readonly shard: string | undefined }): { readonly shard?: Shard } {
  if (text === undefined) return {};
  try {
    return { shard: parseShard(text) };
  } catch (cause) {
    if (!hasCode(cause, 'INVALID_ARGUMENT')) throw cause;
    throw new TowlineError('INVALID_ARGUMENT', `argument --shard: ${cause.message}`, { cause, context: { usage: true } });
  }
}

/** The history of runs is no set of objects. */
export function refuseRuns({ shard, runCache }: { readonly shard: string | undefined; readonly runCache: boolean | undefined }): void {
  if (shard !== undefined && runCache === true) throw new TowlineError('INVALID_ARGUMENT', 'argument --run-cache: not allowed with argument --shard', { context: { usage: true } });
}

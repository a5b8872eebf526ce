import { createHash } from 'node:crypto';
import type { CallOptions } from '../storage/call.ts';
import type { Source } from '../storage/source.ts';

/** How long a state is and what it is: one pass over it. */
export async function measure(state: Source, call: CallOptions): Promise<{ readonly size: number; readonly digest: `sha256:${string}` }> {
  const sum = createHash('sha256');
  let size = 0;
  for await (const chunk of state.open(call)) {
    sum.update(chunk);
    size += chunk.byteLength;
  }
  return { size, digest: `sha256:${sum.digest('hex')}` };
}

/** The same source; what is read of it is told. */
export function counted(state: Source, onBytes: ((bytes: number) => void) | undefined): Source {
  if (!onBytes) return state;
  return {
    ...state,
    async *open(options) {
      for await (const chunk of state.open(options)) {
        yield chunk;
        onBytes(chunk.byteLength);
      }
    },
  };
}

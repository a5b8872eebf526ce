import type { Source } from '../source.ts';

/** A source that tells what passes through it. */
export interface Metered {
  readonly source: Source;
  /** The error the source itself ended with in its last read: whoever wraps it, this is the cause. */
  failure(): unknown;
  /** Bytes given by the last read. */
  passed(): number;
  /** Takes back what was told: the try has failed. */
  retract(): void;
}

/** Tells `onBytes` of every chunk, and takes back what it told when the source is read anew. */
export function meter(source: Source, onBytes: (bytes: number) => void): Metered {
  let passed = 0;
  let failure: unknown;
  const retract = (): void => {
    if (passed > 0) onBytes(-passed);
    passed = 0;
  };
  return {
    source: {
      ...source,
      async *open(options) {
        retract();
        failure = undefined;
        try {
          for await (const chunk of source.open(options)) {
            passed += chunk.byteLength;
            onBytes(chunk.byteLength);
            yield chunk;
          }
        } catch (error) {
          failure = error;
          throw error;
        }
      },
    },
    failure: () => failure,
    passed: () => passed,
    retract,
  };
}

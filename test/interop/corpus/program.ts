import type { Ended, RunOptions, Sandbox } from '../../servers/sandbox.ts';

/** One of the two that are compared. */
export interface Program {
  run(sandbox: Sandbox, args: readonly string[], options?: RunOptions): Promise<Ended>;
  stop(): void;
  /** Whether what it has seen of a remote tells in its next answer. */
  readonly remembers: boolean;
}

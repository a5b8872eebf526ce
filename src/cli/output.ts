import { TowlineError } from '../errors.ts';
import type { Progress } from '../runtime.ts';
import { forTerminal } from './for-terminal.ts';
import { createPaint } from './paint.ts';
import { createProgressLine } from './progress-line.ts';
import { type StandardStreams, standardStreams } from './standard-stream.ts';

/** How much is said, and in which form. */
export interface OutputSettings {
  readonly quiet: boolean;
  readonly verbosity: number;
  readonly json: boolean;
}

/** The only way to stdout and stderr: results on the first, all else on the second. */
export interface Output {
  configure(settings: OutputSettings): void;
  line(text: string): void;
  /** Waits while whoever reads is slower. */
  bytes(bytes: Uint8Array): Promise<void>;
  warning(text: string): void;
  trace(text: string): void;
  progress(progress: Progress): void;
  finishProgress(): void;
  fault(text: string): void;
  failure(error: unknown, before?: string): void;
  close(): void;
}

/** The output of this process. */
export function openOutput({ out, err }: StandardStreams = standardStreams()): Output {
  let settings: OutputSettings = { quiet: false, verbosity: 0, json: false };
  const paint = createPaint({ isTTY: err.isTTY, env: process.env });
  const progress = createProgressLine({ stream: err, now: Date.now });
  const say = (text: string): void => {
    progress.clear();
    err.write(`${text}\n`);
  };
  return {
    configure: (next) => void (settings = next),
    line(text) {
      progress.clear();
      out.write(`${out.isTTY ? forTerminal(text) : text}\n`);
    },
    async bytes(bytes) {
      progress.clear();
      await out.writeBytes(bytes);
    },
    warning(text) {
      if (!settings.quiet) say(`${paint.yellow('WARNING')}: ${forTerminal(text)}`);
    },
    trace(text) {
      if (settings.verbosity > 0) say(`${paint.dim('TRACE')}: ${forTerminal(text)}`);
    },
    progress(event) {
      if (!settings.quiet) progress.take(event);
    },
    finishProgress: () => progress.finish(),
    fault: (text) => say(`${paint.red('ERROR')}: ${forTerminal(text)}`),
    failure(error, before) {
      for (const [at, line] of describe(error, before).map(forTerminal).entries()) say(at === 0 ? `${paint.red('ERROR')}: ${line}` : line);
      if (settings.verbosity > 0 && error instanceof Error) say(forTerminal(stackOf(error)));
    },
    close: () => progress.finish(),
  };
}

/** What the user reads of an error: what failed, where, and what to do next. A stack only with `-v`, or when the fault is ours. */
function describe(error: unknown, before: string | undefined): readonly string[] {
  const prefix = before === undefined || before === '' ? '' : `${before} - `;
  if (error instanceof TowlineError) return [`${prefix}${error.message}`, ...(error.hint === undefined ? [] : [error.hint])];
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [`${prefix}unexpected error - ${text}`, 'This is a fault of Towline. Please report it with the lines above.'];
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

import { type Asking, saidBefore } from '../repo/said-before.ts';
import { isRunning } from './is-running.ts';
import { VERSION } from './version.ts';

/** This process, as one who asks. */
export const asking = (words: readonly string[]): Asking => ({ words, cwd: process.cwd(), env: process.env, by: [process.argv[1] ?? '', VERSION, process.version, String(process.geteuid?.())] });

/** What a command would say, where that is known without looking further. */
export const saidAgain = (words: readonly string[]): string | undefined => saidBefore(asking(words), isRunning);

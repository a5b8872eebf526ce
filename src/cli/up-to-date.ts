import { type Asking, isStillUpToDate } from '../repo/up-to-date.ts';
import { VERSION } from './version.ts';

/** What `tow status` says when there is nothing to say. */
export const UP_TO_DATE = 'Data and pipelines are up to date.';

/** This process, as one who asks. */
export const asking = (): Asking => ({ cwd: process.cwd(), env: process.env, by: [process.argv[1] ?? '', VERSION, process.version, String(process.geteuid?.())] });

/** The answer of `tow status` where it is known without looking further. */
export const knownStatus = (): string | undefined => (isStillUpToDate(asking()) ? UP_TO_DATE : undefined);

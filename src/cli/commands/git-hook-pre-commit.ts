import { hookOf } from '../git-hook.ts';
import { status } from './status.ts';

export const gitHookPreCommit = hookOf(status);

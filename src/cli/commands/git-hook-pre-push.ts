import { hookOf } from '../git-hook.ts';
import { push } from './push.ts';

export const gitHookPrePush = hookOf(push);

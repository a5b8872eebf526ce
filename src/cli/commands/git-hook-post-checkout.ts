import { hookOf } from '../git-hook.ts';
import { isRebasing } from '../../repo/git/rebasing.ts';
import { checkout } from './checkout.ts';

/** Only after a checkout of a branch or commit, which Git marks by '1' (https://git-scm.com/docs/githooks#_post_checkout), and never amidst a rebase. */
export const gitHookPostCheckout = hookOf(checkout, async (words, context) => (context.env['PRE_COMMIT_CHECKOUT_TYPE'] ?? words[2]) === '1' && !(await isRebasing(context.cwd, context)));

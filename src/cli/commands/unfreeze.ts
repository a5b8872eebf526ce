import { frozenCommand } from './freeze.ts';

export const unfreeze = frozenCommand('unfreeze', false);

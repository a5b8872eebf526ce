import { listCommand } from './list.ts';

export const ls = listCommand('ls');

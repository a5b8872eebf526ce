import { listUrlCommand } from './list-url.ts';

export const lsUrl = listUrlCommand('ls-url');

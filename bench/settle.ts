import { freemem } from 'node:os';
import { shell } from './contestants.ts';

const PIECE = 64 * 2 ** 20;

/**
 * What one left to be written must not be written on another's time. And memory that a virtual machine has given back must not be fetched from its host on
 * it: that costs a second of system time for a GiB, and so doubled at times what the first to fetch needed.
 */
export function settle(): void {
  shell('sync');
  const pieces = Math.floor(Math.min(4 * 2 ** 30, freemem() / 2) / PIECE);
  shell(process.execPath, '-e', `const kept = []; for (let i = 0; i < ${pieces}; i++) kept.push(Buffer.alloc(${PIECE}, 1))`);
}

import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { shell } from './contestants.ts';

const PIECE = 256 * 1024;
// In one go to the system's own memory of files, where what is measured will write.
const TOUCH = `
const fs = require('node:fs');
const [path, count] = process.argv.slice(1);
const file = fs.openSync(path, 'wx');
fs.unlinkSync(path);
const piece = Buffer.alloc(${PIECE}, 1);
for (let at = 0; at < Number(count); at++) fs.writeSync(file, piece);
`;

/**
 * What one left to be written must not be written on another's time. And memory that a virtual machine has given back must not be fetched from its host on
 * it: that costs a second of system time for a GiB, and so doubled at times what the first to fetch needed. So as much is written to a file that has no name, and
 * given back as a whole: memory of a program is given in larger pieces, and not that which files get next.
 */
export function settle(): void {
  shell('sync');
  const pieces = Math.floor(Math.min(4 * 2 ** 30, freemem() / 2) / PIECE);
  shell(process.execPath, '-e', TOUCH, join(tmpdir(), `towline-settle-${process.pid}`), String(pieces));
}

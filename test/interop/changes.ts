import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Change, Machine } from './story.ts';

/** Writes a file as an editor does: what stood there is replaced, so that no object of a linked cache is written to. */
export function write(path: string, content: string | Uint8Array, on: Machine = 'alice'): Change {
  return { on, change: (folder) => writeAt(join(folder, path), content) };
}

/** Writes several files at once. */
export function files(contents: Readonly<Record<string, string | Uint8Array>>, on: Machine = 'alice'): Change {
  return { on, change: (folder) => { for (const [path, content] of Object.entries(contents)) writeAt(join(folder, path), content); } };
}

function writeAt(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, content);
}

export const folder = (path: string): Change => ({ change: (root) => { mkdirSync(join(root, path), { recursive: true }); } });
export const erase = (path: string, on: Machine = 'alice'): Change => ({ on, change: (root) => rmSync(join(root, path), { recursive: true }) });
export const move = (from: string, to: string): Change => ({ change: (root) => renameSync(join(root, from), join(root, to)) });
export const mode = (path: string, bits: number): Change => ({ change: (root) => chmodSync(join(root, path), bits) });
export const link = (path: string, target: string): Change => ({ change: (root) => { mkdirSync(dirname(join(root, path)), { recursive: true }); symlinkSync(target, join(root, path)); } });
export const unlink = (path: string): Change => ({ change: (root) => unlinkSync(join(root, path)) });
/** Adds lines to a text file that may be there. */
export const append = (path: string, text: string, on: Machine = 'alice'): Change => ({ on, change: (root) => writeFileSync(join(root, path), text, { flag: 'a' }) });
/** Changes a text file. */
export const edit = (path: string, change: (text: string) => string, on: Machine = 'alice'): Change => ({ on, change: (root) => writeFileSync(join(root, path), change(readFileSync(join(root, path), 'utf8'))) });

import * as fs from 'node:fs';

/** What a walk wants to know of a name, links not followed. */
export type Look = Pick<fs.Stats, 'mode' | 'size' | 'mtimeMs' | 'ino'>;
/** Undefined when the name is absent. The answer holds until the next question. */
export type LookAt = (path: string) => Look | undefined;

/** By the documented call. */
export const plainLook: LookAt = (path) => fs.lstatSync(path, { throwIfNoEntry: false });

export const isFile = ({ mode }: Look): boolean => (mode & KIND) === FILE;
export const isFolder = ({ mode }: Look): boolean => (mode & KIND) === FOLDER;
export const isLink = ({ mode }: Look): boolean => (mode & KIND) === LINK;

/** POSIX, and what Node makes of other systems. */
const [KIND, FILE, FOLDER, LINK] = [0o170000, 0o100000, 0o040000, 0o120000];

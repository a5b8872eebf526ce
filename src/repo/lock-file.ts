/** The file that DVC locks for a whole command. */
export const lockOf = (root: string): string => `${root}/.dvc/tmp/lock`;

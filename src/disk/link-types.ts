import { systemCode } from './errors.ts';

const REFUSALS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOTTY', 'ENOSYS', 'EINVAL', 'EAGAIN', 'EMLINK']);

/** Whether a file system refuses this type of link, so that the next may be tried. The list is DVC's, and a full link count. */
export function isUnsupportedLink(error: unknown): boolean {
  return REFUSALS.has(systemCode(error) ?? '');
}

/** A clone (reflink) of a smaller file costs more than a copy. */
export const CLONE_FROM = 64 * 1024;

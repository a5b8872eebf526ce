import { TowlineError } from '../../errors.ts';
import { choice, flag, type Option, text } from '../../storage/options.ts';

const LINKS = ['reflink', 'hardlink', 'symlink', 'copy'];

const linkTypes: Option<string | undefined> = {
  ...text('ways to link files, in the order tried: reflink, hardlink, symlink, copy'),
  form: 'TYPE[,TYPE...]',
  parse(value) {
    const unknown = value.split(',').map((one) => one.trim()).filter((one) => !LINKS.includes(one));
    if (unknown.length > 0) throw new TowlineError('INVALID_CONFIG', `Unsupported cache type(s): ${unknown.join(', ')}`);
    return value;
  },
};

/** Every option of a folder as a remote. Objects are never hard-linked or symlinked to one, so of `type` only reflink counts here. */
export const localOptions = {
  type: linkTypes,
  shared: choice(['group'], 'let the group write: new folders get mode 2775'),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  slow_link_warning: flag('warn when links are slow', { initial: true }),
  protected: flag('obsolete, without effect', { initial: false, deprecated: 'objects are always read-only' }),
  fsync: flag('have every file, not only those above 1 MiB, on the disk before it is given its name', { initial: false, owner: 'towline' }),
};

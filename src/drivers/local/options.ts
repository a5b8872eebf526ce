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

const octal = (help: string): Option<number | undefined> => ({
  ...text(help, { owner: 'towline' }), form: 'OCTAL', initial: undefined,
  parse(value) {
    if (!/^0?[0-7]{3}$/.test(value)) throw new TowlineError('INVALID_CONFIG', `expected permission bits such as 644, got '${value}'`);
    return Number.parseInt(value, 8);
  },
});

/** Every option of a folder as a remote. Objects are never hard-linked or symlinked to one, so of `type` only reflink counts here. */
export const localOptions = {
  type: linkTypes,
  shared: choice(['group'], 'let the group write: new folders get mode 2775'),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  slow_link_warning: flag('warn when links are slow', { initial: true }),
  protected: flag('obsolete, without effect', { initial: false, deprecated: 'objects are always read-only' }),
  file_mode: octal('permission bits of the files written, in octal; an object of a DVC repository must keep 444'),
  fsync: flag('have every file, not only those above 1 MiB, on the disk before it is given its name', { initial: false, owner: 'towline' }),
};

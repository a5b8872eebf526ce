import { TowlineError } from '../../errors.ts';
import type { Layer } from '../layer.ts';

/** Takes away every verb that changes something; what is absent cannot be called by mistake. */
export const readOnly: Layer = (inner) => {
  const { write: _write, delete: _delete, upload: _upload, presign, ...rest } = inner;
  if (presign === undefined) return rest;
  return {
    ...rest,
    async presign(path, options) {
      if (options.method === 'PUT') throw new TowlineError('UNSUPPORTED', `${inner.displayUrl} is opened for reading only, so no address to write '${path}' is made`);
      return await presign(path, options);
    },
  };
};

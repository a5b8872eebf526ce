import { TowlineError } from '../../errors.ts';
import type { Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { receive } from './receive.ts';
import { describe, type MemoryStore, type Pending } from './store.ts';

/** Starts an upload in parts or takes up the one `resume` names. */
export function openUpload(store: MemoryStore, path: Path, { resume, partSize, checkMode }: Pick<UploadOptions, 'resume'> & { readonly partSize: number; checkMode(): void }): Upload {
  const token = resume ?? store.unique();
  if (resume === undefined) store.uploads.set(token, { path, parts: new Map() });
  const pending = (): Pending => {
    const found = store.uploads.get(token);
    if (found?.path !== path) throw new TowlineError('NOT_FOUND', `${store.displayUrl} knows no such upload of '${path}'`);
    return found;
  };
  const held = [...pending().parts.values()].map(({ part }) => part);
  return {
    token, partSize, order: 'any', held,
    async send({ number, start, end }, source, options) {
      const { parts } = pending();
      const bytes = await receive(source, `part ${number} of '${path}'`, options);
      if (bytes.byteLength !== end - start) throw new TowlineError('INVALID_ARGUMENT', `part ${number} of '${path}' has ${bytes.byteLength} bytes instead of ${end - start}`);
      const part: Part = { number, start, end, tag: store.unique() };
      parts.set(number, { part, bytes });
      return part;
    },
    async complete(parts) {
      checkMode();
      const bytes = join(pending(), parts);
      store.uploads.delete(token);
      return describe(path, store.put(path, bytes));
    },
    abort: async () => { store.uploads.delete(token); },
  };
}

function join(pending: Pending, parts: readonly Part[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let position = 0;
  for (const { number, tag } of [...parts].sort((a, b) => a.number - b.number)) {
    const here = pending.parts.get(number);
    if (here?.part.tag !== tag || here.part.start !== position) throw new TowlineError('INVALID_ARGUMENT', `part ${number} of '${pending.path}' is missing, or does not begin at byte ${position}`);
    position = here.part.end;
    pieces.push(here.bytes);
  }
  return Buffer.concat(pieces);
}

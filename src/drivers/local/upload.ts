import { basename, dirname, join } from 'node:path';
import { makeRoom } from '../../disk/put.ts';
import { exists, readText } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { isTemporaryName } from '../../disk/temporary.ts';
import { TowlineError } from '../../errors.ts';
import type { Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { wrongSize } from './errors.ts';
import type { LocalFolder } from './folder.ts';
import { reveal, settleName } from './reveal.ts';
import { checkMode, pour } from './write.ts';

const PART_SIZE = 16 * 1024 * 1024;

/** Starts or takes up a file written in parts, each at its place in a temporary file beside its name. Which parts are whole stands in a second file. */
export function upload(folder: LocalFolder, path: Path, { mode, size, resume }: UploadOptions = {}): Upload {
  checkMode(folder, path, mode);
  const { disk, syncFrom } = folder;
  const temporary = resume === undefined ? begin(folder, path, size) : find(folder, path, resume);
  const beside = (what: string): string => `${temporary.slice(0, -'.tmp'.length)}-${what}.tmp`;
  const [notes, next] = [beside('parts'), beside('next')];
  const held = new Map(parseNotes(readText(notes) ?? '').map((part) => [part.number, part]));
  // Who was killed may have left either.
  const forget = (): void => {
    disk.remove(next);
    disk.remove(notes);
  };
  const discard = (): void => {
    forget();
    disk.remove(temporary);
  };
  return {
    token: basename(temporary), partSize: PART_SIZE, order: 'any',
    gathering: { kind: 'file', path: temporary },
    get held() { return [...held.values()]; },
    async send({ number, start, end }, source, { signal } = {}) {
      if (!exists(temporary)) throw forgotten(temporary);
      const file = disk.create(temporary, { reopen: true });
      try {
        const found = await pour({ ...source, size: end - start }, file, { start, signal });
        if (found !== end - start) throw wrongSize(path, { expected: end - start, found });
        if (found >= syncFrom) await file.settle();
      } finally {
        file.close();
      }
      const part: Part = { number, start, end, tag: `${start}-${end}` };
      held.set(number, part);
      replaceFile(disk, notes, serializeNotes(held.values()), { durable: false, through: next });
      return part;
    },
    async complete(parts) {
      if (!exists(temporary)) throw forgotten(temporary);
      checkWhole(path, parts, size);
      disk.chmod(temporary, folder.mode);
      const entry = reveal(folder, temporary, { path, mode });
      forget();
      await settleName(folder, entry);
      return entry;
    },
    abort: async () => discard(),
  };
}

function begin(folder: LocalFolder, path: Path, size: number | undefined): string {
  const temporary = makeRoom(folder.disk, folder.fileOf(path), folder);
  const file = folder.disk.create(temporary);
  try {
    if (size !== undefined) file.resize(size);
  } finally {
    file.close();
  }
  return temporary;
}

/** A token comes out of a journal, which somebody may have edited: it must be a temporary name and nothing else. */
function find(folder: LocalFolder, path: Path, token: string): string {
  const temporary = join(dirname(folder.fileOf(path)), token);
  if (!isTemporaryName(token)) throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(token)} is no upload of ${folder.displayUrl}`);
  if (!exists(temporary)) throw forgotten(temporary);
  return temporary;
}

function forgotten(temporary: string): TowlineError {
  return new TowlineError('NOT_FOUND', `the unfinished file '${temporary}' is gone`, { hint: 'Start the transfer anew.', context: { path: temporary } });
}

function checkWhole(path: Path, parts: readonly Part[], size: number | undefined): void {
  let position = 0;
  for (const { start, end } of parts.toSorted((a, b) => a.start - b.start)) {
    if (start !== position) throw new TowlineError('INVALID_ARGUMENT', `the bytes from ${position} to ${start} of '${path}' were never sent`, { context: { path } });
    position = end;
  }
  if (size !== undefined && position !== size) throw wrongSize(path, { expected: size, found: position });
}

const serializeNotes = (parts: Iterable<Part>): string => Array.from(parts, ({ number, start, end }) => `${number} ${start} ${end}\n`).join('');

function parseNotes(text: string): readonly Part[] {
  return [...text.matchAll(/^(\d+) (\d+) (\d+)$/gm)].map(([, number, start, end]) => ({ number: Number(number), start: Number(start), end: Number(end), tag: `${start}-${end}` }));
}

import { createHash } from 'node:crypto';
import { hasCode } from '../../errors.ts';
import { openZip, type ZipMember } from '../../storage/archive/open-zip.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Source } from '../../storage/source.ts';
import { belongingOf } from '../states/zip/units.ts';

/** A stretch of a state that is a layer by itself: `[start, end)`. */
export interface Piece { readonly start: number; readonly end: number; /** What it holds, for people: 's3', 'files', 'directory'. */ readonly label: string }
export interface MeasuredPiece extends Piece { readonly digest: `sha256:${string}` }

/** So many bytes of files that belong to no service are one piece, more or less; more where there would be too many pieces. */
const PIECE = 1 << 20;
const MOST_PIECES = 128;
/** Registries take some five hundred layers. A zip whose members are in another order than ours may want more: it stays whole. */
const MOST_LAYERS = 350;

/**
 * Where a zip is cut so that what did not change is the same piece in the next version: between members, where one service ends and another begins; files of a folder by
 * their names, so that a file more or less moves no cut but its neighbours'. The pieces one after the other are the zip, to the byte. Undefined for what is no zip.
 */
export async function piecesOf(state: Source, options: CallOptions): Promise<readonly Piece[] | undefined> {
  const { size = 0 } = state;
  try {
    const { members } = await openZip(state, options);
    const pieces = cutZip(members.toSorted((one, other) => one.at - other.at), size);
    return pieces.length > MOST_LAYERS ? undefined : pieces;
  } catch (error) {
    if (hasCode(error, 'CORRUPT')) return undefined;
    throw error;
  }
}

function cutZip(members: readonly ZipMember[], size: number): readonly Piece[] {
  const pieces: Piece[] = [];
  const target = Math.max(PIECE, size / MOST_PIECES);
  let [start, label] = [0, ''];
  const cutAt = (end: number, next: string): void => {
    if (end > start) pieces.push({ start, end, label });
    [start, label] = [end, next];
  };
  for (const [index, member] of members.entries()) {
    const own = labelOf(member.name);
    const before = members[index - 1];
    const isOther = own !== label;
    const isLargeBeside = before !== undefined && (member.packedSize >= target || before.packedSize >= target);
    const isFull = member.at - start >= target * 2 || (member.at - start >= target / 2 && isLandmark(member.name));
    if (isOther || (own === FILES && (isLargeBeside || isFull))) cutAt(member.at, own);
  }
  const last = members.at(-1);
  // Behind the last member stands the directory, which changes with every member: it is a piece by itself. The header's extra fields are not known here, so the cut may leave some bytes of them to it.
  if (last !== undefined) cutAt(Math.min(size, last.at + 30 + Buffer.byteLength(last.name) + last.packedSize), 'directory');
  cutAt(size, '');
  return pieces;
}

const FILES = 'files';

/** One layer for each service of an account, with what belongs to it. */
function labelOf(name: string): string {
  const { service, unit } = belongingOf(name);
  if (service === undefined) return FILES;
  return unit?.startsWith('assets/') === true ? `${service}-assets` : `${service}-${name.split('/')[1] ?? ''}`;
}

/** One name of four, always the same ones. */
const isLandmark = (name: string): boolean => (createHash('sha256').update(name).digest()[0] ?? 0) % 4 === 0;

/** What each piece and the whole is: one pass. */
export async function measurePieces(state: Source, pieces: readonly Piece[], options: CallOptions): Promise<readonly MeasuredPiece[]> {
  const sums = pieces.map(() => createHash('sha256'));
  let [at, current] = [0, 0];
  for await (const chunk of state.open(options)) {
    for (let from = 0; from < chunk.byteLength; ) {
      const piece = pieces[current];
      if (piece === undefined) break;
      const part = chunk.subarray(from, from + piece.end - at);
      sums[current]?.update(part);
      from += part.byteLength;
      at += part.byteLength;
      if (at === piece.end) current += 1;
    }
  }
  return pieces.map((piece, index) => ({ ...piece, digest: `sha256:${sums[index]?.digest('hex') ?? ''}` }));
}

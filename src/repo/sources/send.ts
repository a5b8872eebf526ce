import { hashFiles } from '../../disk/hash.ts';
import { removeTree } from '../../disk/folders.ts';
import { followFile } from '../../disk/read.ts';
import { temporaryPath } from '../../disk/temporary.ts';
import { TowlineError } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createTree, serializeTree } from '../../odb/tree.ts';
import { fromBytes } from '../../storage/source.ts';
import { missingFiles, storeMissing } from '../add/outside.ts';
import type { Repo } from '../repo.ts';
import { type BringOptions, type Brought, download, type Hold, holdOf } from './bring.ts';
import type { Offer, Piece } from './offer.ts';

/** At most so much of an offer lies on this machine at once. One larger file is a batch of its own. */
const BATCH_BYTES = 512 << 20;
const BATCH_FILES = 10_000;

/** Sends an offer right to a remote, read once from there and written once: a part of it at a time passes through this machine, because an object is named by its hash. */
export async function send(hold: Pick<Hold, 'lent' | 'unfinished'>, offer: Offer, { target, ...options }: BringOptions & { readonly target: ObjectDb }): Promise<Brought> {
  hold.lent.report?.({ kind: 'phase', name: 'Transferring', files: offer.pieces.length });
  const sent = new Map<Piece, { readonly oid: Oid; readonly size: number }>();
  for (const pieces of batches(offer.pieces)) for (const [piece, one] of await sendBatch(hold, pieces, { ...options, target })) sent.set(piece, one);
  const [first] = offer.pieces;
  if (offer.kind === 'file') {
    const one = first && sent.get(first);
    if (!one) throw new TowlineError('UNKNOWN', 'nothing was offered');
    return one;
  }
  const tree = createTree(offer.pieces.map((piece) => ({ relpath: piece.relpath, oid: sent.get(piece)?.oid ?? ('' as Oid) })));
  await storeMissing(target, new Map([[tree.oid, fromBytes(serializeTree(tree.entries))]]), options);
  return { oid: tree.oid, size: [...sent.values()].reduce((sum, { size }) => sum + size, 0), tree };
}

/** The same to a remote of the repository, or to its default one. `command` is for the message when there is none. */
export async function sendToRemote(repo: Repo, offer: Offer, { remote: name, command, ...options }: BringOptions & { readonly remote: string | undefined; readonly command: string }): Promise<Brought> {
  const remote = repo.remote(repo.workspace, { command, ...(name !== undefined && { name }) });
  try {
    return await send(holdOf(repo), offer, { ...options, target: await remote.objects('md5') });
  } finally {
    await remote.close();
  }
}

function* batches(pieces: readonly Piece[]): Iterable<readonly Piece[]> {
  let batch: Piece[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    if (batch.length > 0 && (bytes + (piece.size ?? 0) > BATCH_BYTES || batch.length >= BATCH_FILES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(piece);
    bytes += piece.size ?? 0;
  }
  if (batch.length > 0) yield batch;
}

async function sendBatch(hold: Pick<Hold, 'lent' | 'unfinished'>, pieces: readonly Piece[], { target, ...options }: BringOptions & { readonly target: ObjectDb }): Promise<ReadonlyMap<Piece, { readonly oid: Oid; readonly size: number }>> {
  const { lent, unfinished } = hold;
  const folder = temporaryPath(unfinished);
  const far = pieces.filter(({ source }) => source?.origin?.kind !== 'file');
  try {
    if (far.length > 0) await download(hold, { folder, pieces: far }, options);
    const places = new Map(far.map((piece, row) => [piece, `${folder}/${row}`]));
    const paths = pieces.map((piece) => places.get(piece) ?? (piece.source?.origin?.kind === 'file' ? piece.source.origin.path : ''));
    const hashed = await hashFiles(paths, { name: 'md5', processors: lent.processors, ...(options.signal && { signal: options.signal }) });
    for (const error of hashed.errors.values()) throw error;
    const oids = paths.map((_, row) => (hashed.digests[row] ?? '') as Oid);
    await storeMissing(target, missingFiles(paths, oids), options);
    return new Map(pieces.map((piece, row) => [piece, { oid: oids[row] ?? ('' as Oid), size: followFile(paths[row] ?? '')?.size ?? 0 }]));
  } finally {
    removeTree(lent.disk, folder);
  }
}

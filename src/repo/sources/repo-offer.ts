import { TowlineError } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { oidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import { fromFile } from '../../storage/file-source.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import type { Lent } from '../repo.ts';
import { importedFrom } from './imported-from.ts';
import type { Offer, Piece } from './offer.ts';
import { openOther, type OtherRepo } from './other-repo.ts';
import { type Contents, contentsAt, type OtherFile, sourceOf } from './repo-contents.ts';

/** A chain of imports longer than this leads in a circle. */
const LONGEST_CHAIN = 16;

/** What is at a path of another repository, as data to be brought. What is kept open for it is closed by `close`. */
export interface RepoOffer extends Offer { close(): Promise<void> }

/** Offers what lies at `path`. Data that the other repository has itself imported is followed to where it comes from. */
export async function repoOffer(other: OtherRepo, path: string, options: CallOptions & { readonly lent: Lent; readonly depth?: number }): Promise<RepoOffer> {
  const { lent, depth = 0, signal } = options;
  const call = signal ? { signal } : {};
  if (depth > LONGEST_CHAIN) throw new TowlineError('UNSUPPORTED', `the imports of '${path}' from '${other.url}' lead from one repository to the next without an end`, { hint: 'Two of them import from each other.' });
  const contents = await contentsAt(other, path, { lent, withDvcFiles: false, ...call });
  const gathered = await gather(contents, { lent, depth, ...call });
  return { kind: contents.kind, ...gathered };
}

interface Gathered {
  readonly pieces: readonly Piece[];
  readonly objects: readonly ObjectDb[];
  close(): Promise<void>;
}

async function gather({ files }: Contents, options: CallOptions & { readonly lent: Lent; readonly depth: number }): Promise<Gathered> {
  const pieces: Piece[] = [];
  const objects = new Set<ObjectDb>();
  const opened: { close(): Promise<void> }[] = [];
  const places = new Map<string, readonly ObjectDb[]>();
  const chains = new Map<string, ReadonlyMap<string, Piece>>();
  for (const file of files) {
    if (!file.tracked) {
      pieces.push(await gitPiece(file));
      continue;
    }
    const { output, stage } = file.tracked;
    const hash = output.hash;
    const source = sourceOf(stage);
    if (!hash && !source) throw new TowlineError('NOT_FOUND', `'${output.path}' of '${file.repo.url}' has no data yet: its '${stage.file}' says no hash`, { context: { exitCode: 255 } });
    const { oid } = file.tracked;
    const key = `${hash?.name ?? ''}\0${output.remote ?? ''}\0${file.repo.root}`;
    const known = hash ? (places.get(key) ?? (await file.repo.places(hash.name, output.remote))) : [];
    places.set(key, known);
    if (source && !(oid && (await isAnywhere(oid, known.slice(0, 1), options)))) {
      const known = chains.get(stage.file) ?? (await followed(file, { ...options, opened, objects }));
      chains.set(stage.file, known);
      const inner = known.get(file.tracked.inner);
      if (!inner) throw new TowlineError('NOT_FOUND', `'${file.path}' is not where '${stage.file}' says that it was imported from`, { context: { exitCode: 255 } });
      pieces.push({ ...inner, relpath: file.relpath });
    } else if (oid && hash?.name === 'md5') {
      for (const one of known) objects.add(one);
      pieces.push({ relpath: file.relpath, oid, ...(output.meta.size !== undefined && file.tracked.tree === undefined && { size: output.meta.size }) });
    } else if (oid) pieces.push({ relpath: file.relpath, source: await legacySource(file, { oid, places: known }), expected: { name: 'md5-dos2unix', value: oid } });
  }
  return { pieces, objects: [...objects], close: async () => { for (const one of opened) await one.close(); } };
}

async function gitPiece({ relpath, path, repo }: OtherFile): Promise<Piece> {
  if (repo.commit === undefined) {
    const size = (await repo.revision.look(path))?.size ?? 0;
    return { relpath, size, source: fromFile(`${repo.root}/${path}`, size) };
  }
  const bytes = (await repo.revision.read(path)) ?? new Uint8Array();
  return { relpath, size: bytes.byteLength, source: fromBytes(bytes) };
}

async function isAnywhere(oid: Oid, places: readonly ObjectDb[], { signal }: CallOptions): Promise<boolean> {
  for (const place of places) if ((await place.present(oidSet([oid]), signal && { signal })).count > 0) return true;
  return false;
}

interface Following extends CallOptions {
  readonly lent: Lent;
  readonly depth: number;
  readonly opened: { close(): Promise<void> }[];
  readonly objects: Set<ObjectDb>;
}

/** What an import of the other repository offers, from where it was imported, by the places in it. */
async function followed({ repo, tracked }: OtherFile, { opened, objects, lent, depth, ...call }: Following): Promise<ReadonlyMap<string, Piece>> {
  const source = tracked && sourceOf(tracked.stage);
  if (!source) throw new TowlineError('UNKNOWN', 'not an import');
  const origin = await openOther(lent, importedFrom(source, { root: repo.root, folder: tracked.stage.workingFolder }), call);
  opened.push(origin);
  const offer = await repoOffer(origin, source.path, { ...call, lent, depth: depth + 1 });
  opened.push(offer);
  for (const one of offer.objects ?? []) objects.add(one);
  return new Map(offer.pieces.map((piece) => [piece.relpath, piece]));
}

/** An object that is named by DVC 2's digest is downloaded like a file: here it gets the name that DVC 3 gives it. */
async function legacySource(file: OtherFile, { oid, places }: { readonly oid: Oid; readonly places: readonly ObjectDb[] }): Promise<Source> {
  for (const [at, place] of places.entries()) {
    if (at < places.length - 1 && (await place.present(oidSet([oid]))).count === 0) continue;
    for await (const { source } of place.read(oidSet([oid]))) return source;
  }
  throw new TowlineError('NOT_FOUND', `'${file.path}' (${oid}) is neither in the cache of '${file.repo.url}' nor on its remote`, { context: { exitCode: 255 } });
}

import { hasCode } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import { createOidSetBuilder } from '../../odb/oid-set.ts';
import { compareCodePoints } from '../../disk/names.ts';
import type { CallOptions } from '../../storage/call.ts';
import { joinInside } from '../files/place.ts';
import type { Lent } from '../repo.ts';
import type { Overlay } from '../sources/other-config.ts';
import { openOther, type OtherRepo } from '../sources/other-repo.ts';
import { absent, isDvcFile, nearestRepo, type Tracked, trackedIn, treeOf } from '../sources/repo-contents.ts';

/** What to measure of which repository. */
export interface DuRequest extends Overlay {
  readonly url: string;
  readonly path?: string;
  readonly revision?: string;
  readonly cwd: string;
  /** Only the sum. */
  readonly summarize?: boolean;
}
export interface Usage { readonly path: string; readonly size: number }
/** `unknown`: how many files have a size that nobody tells; they count as nothing. */
export interface DuResult {
  readonly path: string;
  readonly total: number;
  /** What is in a folder, in the order of the names; nothing for a file, or a sum. */
  readonly entries: readonly Usage[];
  readonly unknown: number;
}

/** Measures the files at and below a path of a repository, those that DVC tracks among them: as they lie in a work tree; what does not, as it is stored. Throws NOT_FOUND. */
export async function du(lent: Lent, request: DuRequest, call: CallOptions = {}): Promise<DuResult> {
  const { path = '', summarize } = request;
  const other = await openOther(lent, { ...request, bases: [request.cwd] }, call);
  try {
    const wanted = joinInside('', path.replace(/^\/+/, ''));
    if (wanted === undefined) throw absent(other, path);
    const { repo, inside } = await nearestRepo(other, wanted);
    const { sizes, folders, unknown } = await measure({ repo, inside, lent, call, isSum: summarize === true });
    if (sizes.size === 0 && folders === undefined) throw absent(other, path);
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const entries = summarize === true || sizes.has(inside) ? [] : perName(sizes, inside, folders ?? []);
    return { path, total, unknown, entries: entries.map((entry) => ({ ...entry, path: path === '' || path.endsWith('/') ? `${path}${entry.path}` : `${path}/${entry.path}` })) };
  } finally {
    await other.close();
  }
}

interface Measuring {
  readonly repo: OtherRepo;
  readonly inside: string;
  readonly lent: Lent;
  readonly call: CallOptions;
  /** Nobody asks for the parts. */
  readonly isSum: boolean;
}
/** Sizes by path; `folders` are the names of those right there, undefined where there is no folder. */
interface Measured { readonly sizes: Map<string, number>; readonly folders: readonly string[] | undefined; readonly unknown: number }

async function measure(measuring: Measuring): Promise<Measured> {
  const { repo, inside } = measuring;
  const isWanted = (path: string): boolean => inside === '' || path === inside || path.startsWith(`${inside}/`);
  const { tracked, faults } = await trackedIn(repo);
  const [fault] = faults;
  if (fault) throw fault;
  const [sizes, present] = [new Map<string, number>(), new Set<string>()];
  for await (const path of repo.revision.files()) {
    if (!isWanted(path) || isDvcFile(path.slice(path.lastIndexOf('/') + 1))) continue;
    sizes.set(path, (await repo.revision.look(path))?.size ?? 0);
    for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) present.add(path.slice(0, at));
  }
  let unknown = 0;
  for (const one of tracked) {
    const { path } = one.output;
    const isAround = inside === path || inside.startsWith(`${path}/`);
    if (!isAround && (!isWanted(path) || present.has(path))) continue;
    unknown += await addStored(measuring, { one, sizes, isAround, isPresent: present.has(inside) });
  }
  return { sizes, unknown, folders: await foldersIn(repo, inside) };
}

/** Adds what is tracked and does not lie in the work tree; gives back of how many files nobody tells the size. */
async function addStored(measuring: Measuring, { one, sizes, isAround, isPresent }: { readonly one: Tracked; readonly sizes: Map<string, number>; readonly isAround: boolean; readonly isPresent: boolean }): Promise<number> {
  const { repo, inside, lent, call, isSum } = measuring;
  const { path, hash, meta } = one.output;
  const isWhole = !isAround || (isSum && inside === path && !isPresent);
  if (isWhole && meta.size !== undefined) {
    sizes.set(path, meta.size);
    return 0;
  }
  const tree = await treeOf(repo, one, { lent, withDvcFiles: false, ...call }).catch((error: unknown) => {
    if (!isPresent || !hasCode(error, 'NOT_FOUND')) throw error;
    return undefined;
  });
  const files = new Map<string, Oid>();
  if (tree) for (const { relpath, oid } of tree.entries) files.set(`${path}/${relpath}`, oid);
  else if (hash && !isPresent) files.set(path, hash.value);
  const lacking = new Map([...files].filter(([file]) => !sizes.has(file) && (!isAround || file === inside || inside === path || file.startsWith(`${inside}/`))));
  return lacking.size === 0 ? 0 : await addSizes(measuring, { one, lacking, sizes });
}

async function addSizes({ repo, call }: Measuring, { one: { output }, lacking, sizes }: { readonly one: Tracked; readonly lacking: ReadonlyMap<string, Oid>; readonly sizes: Map<string, number> }): Promise<number> {
  const known = new Map<Oid, number>();
  if (lacking.size === 1 && lacking.has(output.path) && output.meta.size !== undefined && output.hash) known.set(output.hash.value, output.meta.size);
  for (const place of output.hash ? await repo.places(output.hash.name, output.remote) : []) {
    const builder = createOidSetBuilder();
    for (const oid of lacking.values()) if (!known.has(oid)) builder.add(oid);
    const wanted = builder.build();
    if (wanted.count === 0) break;
    const found = await place.present(wanted, call);
    for (const oid of found.oids()) {
      const size = found.sizeOf(oid);
      if (size !== undefined) known.set(oid, size);
    }
  }
  for (const [file, oid] of lacking) sizes.set(file, known.get(oid) ?? 0);
  return [...lacking.values()].filter((oid) => !known.has(oid)).length;
}

/** Empty folders are seen, too. */
async function foldersIn({ revision }: OtherRepo, inside: string): Promise<readonly string[] | undefined> {
  for await (const { path, folders } of revision.walk((folder) => folder === inside || inside.startsWith(`${folder}/`))) if (path === inside) return folders;
  return undefined;
}

function perName(sizes: ReadonlyMap<string, number>, inside: string, folders: readonly string[]): readonly Usage[] {
  const sums = new Map<string, number>(folders.map((name) => [name, 0]));
  for (const [path, size] of sizes) {
    const [name = ''] = path.slice(inside === '' ? 0 : inside.length + 1).split('/', 1);
    sums.set(name, (sums.get(name) ?? 0) + size);
  }
  return [...sums].map(([path, size]) => ({ path, size })).sort((a, b) => compareCodePoints(a.path, b.path));
}

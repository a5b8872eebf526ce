import type { ListedName } from '../storage/quick.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectFolder, objectOfPath, objectPath } from './layout.ts';
import { filePaths, type OidPart, type OidSet } from './oid-set.ts';

/** What is looked for, and what of it has been found. */
export interface Finding {
  readonly name: HashName;
  readonly wanted: OidSet;
  readonly found: OidPart;
  /** Takes what lies at a path, object or not. */
  take(path: string, size: number | undefined): void;
  page(): NamePage;
}

/** Takes the names of one page, as they stand in the answer. */
export interface NamePage {
  readonly takeName: (name: ListedName) => void;
  /** The page was what it should be: only now what it named counts. */
  accept(): void;
  /** The last object of the page; undefined where they did not come in order. */
  last(): Oid | undefined;
}

const folderText = (name: HashName): string => (objectFolder(name) === '' ? '' : `${objectFolder(name)}/`);

/** Up to here a map of paths is faster than taking each path apart; above, its strings would need too much memory. */
const MAPPED = 200_000;

/** An object of the wrong size is not the object: a cut upload leaves one where writes are partial. An empty one can only be the md5 of nothing. */
export function createFinding(name: HashName, wanted: OidSet): Finding {
  const found = wanted.part();
  const empty = wanted.placeOf(EMPTY);
  const mark = (place: number, size: number | undefined): void => {
    const expected = wanted.sizeAt(place);
    const isWhole = size === undefined || (size === 0 ? place === empty : expected === undefined || expected === size);
    if (isWhole) found.mark(place, size);
  };
  let placeOf: ((path: string) => number) | undefined;
  let made: Buffer | undefined;
  const paths = (): Buffer => (made ??= wanted.count > MAPPED ? Buffer.alloc(0) : filePaths(wanted, folderText(name)));
  return {
    name, wanted, found,
    take(path, size) {
      const place = (placeOf ??= placesOf(name, wanted))(path);
      if (place >= 0) mark(place, size);
    },
    page: () => createNamePage({ name, placeOf: wanted.finder(), mark, paths }),
  };
}

/** The md5 of nothing. */
const EMPTY = 'd41d8cd98f00b204e9800998ecf8427e' as Oid;

function placesOf(name: HashName, wanted: OidSet): (path: string) => number {
  if (wanted.count > MAPPED) {
    return (path) => {
      const oid = objectOfPath(name, path);
      return oid === undefined ? -1 : wanted.placeOf(oid);
    };
  }
  const places = new Map<string, number>();
  for (const oid of wanted.oids()) places.set(objectPath(name, oid), places.size);
  return (path) => places.get(path) ?? -1;
}

/** What each letter is worth as a digit of a name; 255 for what is none. */
const WORTH = new Uint8Array(256).fill(255);
for (let worth = 0; worth < 16; worth++) WORTH[worth.toString(16).charCodeAt(0)] = worth;
const SLASH = 0x2f;
const TREE = Buffer.from('.dir');

/** Puts the 16 bytes of the digest at `at`, '<2>/<30>', into `digest`; false where there is none. */
function readDigest(digest: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 16; i++) {
    // Behind the first two digits stands the slash.
    const digit = at + i * 2 + (i === 0 ? 0 : 1);
    const high = WORTH[bytes[digit] ?? 0] ?? 255;
    const low = WORTH[bytes[digit + 1] ?? 0] ?? 255;
    if (high > 15 || low > 15) return false;
    digest[i] = (high << 4) | low;
  }
  return true;
}

const NONE = Buffer.alloc(0);

interface Pages {
  readonly name: HashName;
  readonly placeOf: ReturnType<OidSet['finder']>;
  readonly mark: (place: number, size: number) => void;
  /** Of the files that are wanted, in their order; see `filePaths`. Made when the first name has come: the service works meanwhile. */
  readonly paths: () => Buffer;
}

function createNamePage({ name, placeOf, mark, paths: pathsOf }: Pages): NamePage {
  const folder = Buffer.from(folderText(name));
  const width = folder.length + 33;
  const [digest, previous] = [new Uint8Array(16), new Uint8Array(16)];
  const [places, sizes]: [number[], number[]] = [[], []];
  let [isInOrder, hasOne, isTree] = [true, false, false];
  /** The file that comes next where the page has all of them. */
  let next = 0;
  /** Of the last name, where it was the one that came next: `previous` is that before it. */
  let last = -1;
  let paths: Buffer = NONE;
  const settlePrevious = (): void => {
    if (last >= 0) readDigest(previous, paths, last * width + folder.length);
    last = -1;
  };
  return {
    takeName({ bytes, start, end, size }) {
      if (paths === NONE) paths = pathsOf();
      if (end - start === width && (next + 1) * width <= paths.length && paths.compare(bytes, start, end, next * width, (next + 1) * width) === 0) {
        // Behind another of its kind it is in order; what else came before may stand behind it.
        if (last < 0 && hasOne && readDigest(digest, bytes, start + folder.length) && Buffer.compare(digest, previous) < 0) isInOrder = false;
        places.push(next);
        sizes.push(size);
        last = next++;
        [hasOne, isTree] = [true, false];
        return;
      }
      for (let i = 0; i < folder.length; i++) if (bytes[start + i] !== folder[i]) return;
      const at = start + folder.length;
      const endsAsTree = end - at === 33 + TREE.length;
      if ((end - at !== 33 && !endsAsTree) || bytes[at + 2] !== SLASH) return;
      if (endsAsTree) for (let i = 0; i < TREE.length; i++) if (bytes[at + 33 + i] !== TREE[i]) return;
      if (!readDigest(digest, bytes, at)) return;
      settlePrevious();
      if (Buffer.compare(digest, previous) < 0) isInOrder = false;
      previous.set(digest);
      [hasOne, isTree] = [true, endsAsTree];
      const place = placeOf(digest, endsAsTree);
      if (place < 0) return;
      if (!endsAsTree) next = place + 1;
      places.push(place);
      sizes.push(size);
    },
    accept() {
      for (let at = 0; at < places.length; at++) mark(places[at] ?? -1, sizes[at] ?? -1);
    },
    last() {
      settlePrevious();
      return hasOne && isInOrder ? (`${Buffer.from(previous).toString('hex')}${isTree ? '.dir' : ''}` as Oid) : undefined;
    },
  };
}

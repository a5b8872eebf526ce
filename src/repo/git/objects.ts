import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { TowlineError } from '../../errors.ts';
import type { Git } from './git.ts';
import { gitError } from './git.ts';

/** One name in a folder of a commit. */
export interface GitEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'submodule';
  readonly id: string;
  /** Only of a file that may be run. */
  readonly isExecutable?: true;
}

/** Reads objects of the Git database through one `git cat-file --batch` that stays open: some 30 us an object where a process takes 5 ms. */
export interface GitObjects {
  /** The bytes of a file; throws NOT_FOUND. */
  blob(id: string): Promise<Uint8Array>;
  /** The entries of a folder of a commit. `name` is an id, or `<commit>:<path>`; undefined when there is none. Remembered by id: most folders are the same in most commits. */
  tree(name: string): Promise<readonly GitEntry[] | undefined>;
  /** The id of the commit that a name leads to; undefined when there is none. */
  commit(name: string): Promise<string | undefined>;
  /** Ends the program. It also ends by itself, and never keeps this process alive. */
  close(): void;
}

/** Nothing is started before the first object is asked for. */
export function openObjects(git: Git): GitObjects {
  const trees = new Map<string, readonly GitEntry[]>();
  let batch: Batch | undefined;
  const ask = (name: string): Promise<Found | undefined> => {
    if (name.includes('\n')) return Promise.resolve(undefined);
    if (batch === undefined || batch.ended) batch = new Batch(git);
    return batch.ask(name);
  };
  return {
    async blob(id) {
      const found = await ask(id);
      if (found?.type === 'blob') return found.bytes;
      throw new TowlineError('NOT_FOUND', `the Git object '${id}' is not in '${git.folder}'`, { hint: "A shallow or partial clone lacks it: 'git fetch --unshallow'.", context: { id } });
    },
    async tree(name) {
      const known = trees.get(name);
      if (known !== undefined) return known;
      const found = await ask(name);
      if (found?.type !== 'tree') return undefined;
      const entries = parseTree(found.bytes, found.id.length / 2);
      if (trees.size >= MOST_TREES) trees.clear();
      trees.set(found.id, entries);
      return entries;
    },
    async commit(name) {
      const found = await ask(`${name}^{commit}`);
      return found?.type === 'commit' ? found.id : undefined;
    },
    close: () => batch?.close(),
  };
}

const MOST_TREES = 50_000;
const MODES: ReadonlyMap<string, GitEntry['kind']> = new Map([['40000', 'folder'], ['120000', 'link'], ['160000', 'submodule']]);

/** `<mode> <name>\0<id>`, again and again. */
function parseTree(bytes: Buffer, idLength: number): readonly GitEntry[] {
  const entries: GitEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, blank);
    const mode = bytes.toString('latin1', at, blank);
    const kind = MODES.get(mode) ?? 'file';
    entries.push({ name: bytes.toString('utf8', blank + 1, end), kind, id: bytes.toString('hex', end + 1, end + 1 + idLength), ...(mode === '100755' && { isExecutable: true as const }) });
    at = end + 1 + idLength;
  }
  return entries;
}

interface Found {
  readonly id: string;
  readonly type: string;
  readonly bytes: Buffer;
}
/** What keeps a process alive while it is open. */
interface Holding {
  ref(): unknown;
  unref(): unknown;
}
interface Waiting {
  readonly resolve: (found: Found | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** One running `git cat-file --batch`: answers come in the order of the questions. */
class Batch {
  readonly #git: Git;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: Waiting[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  #needed = 0;
  #complaint = '';
  ended = false;

  constructor(git: Git) {
    this.#git = git;
    this.#child = git.start(['cat-file', '--batch']);
    this.#child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#complaint += chunk.toString('utf8')));
    this.#child.stdin.on('error', (error) => this.#end(error));
    this.#child.on('error', (error) => this.#end(error));
    this.#child.on('close', () => this.#end(new Error(this.#complaint.trim() || 'git cat-file ended')));
    this.#holdProcess(false);
  }

  ask(name: string): Promise<Found | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#holdProcess(true);
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${name}\n`);
    });
  }

  close(): void {
    this.ended = true;
    this.#child.stdin.end();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length > 0 && this.#length >= this.#needed) {
      const all = this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks);
      const used = this.#answer(all);
      this.#chunks = [all.subarray(used)];
      this.#length -= used;
      if (used === 0) return;
      this.#needed = 0;
    }
  }

  /** Answers the first question when all of its answer is there, and gives how many bytes that was. */
  #answer(bytes: Buffer): number {
    const end = bytes.indexOf(0x0a);
    if (end < 0) return 0;
    const [id = '', type = '', size] = bytes.toString('utf8', 0, end).split(' ');
    if (size === undefined || !/^[0-9]+$/.test(size)) {
      this.#next()?.resolve(undefined);
      return end + 1;
    }
    const last = end + 1 + Number(size);
    if (bytes.length < last + 1) {
      this.#needed = last + 1;
      return 0;
    }
    this.#next()?.resolve({ id, type, bytes: Buffer.from(bytes.subarray(end + 1, last)) });
    return last + 1;
  }

  #next(): Waiting | undefined {
    const next = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#holdProcess(false);
    return next;
  }

  #end(error: Error): void {
    this.ended = true;
    const failure = gitError(error, { folder: this.#git.folder, args: ['cat-file'] });
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }

  /** Only an open question keeps this process from ending. */
  #holdProcess(hold: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    // The pipes of a child are sockets, although their type does not say so.
    for (const one of [this.#child, stdin, stdout, stderr] as unknown as readonly Holding[]) {
      if (hold) one.ref();
      else one.unref();
    }
  }
}

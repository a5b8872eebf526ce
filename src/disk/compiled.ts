import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';

export interface CompiledOptions {
  /** Holds the program's files. Their names change with their content, so a name is all that tells whether a memory is of this file. */
  readonly program: string;
  /** Where what is compiled is kept; made when it is not there. */
  readonly folder: string;
  /** The version of V8 and the processor. */
  readonly engine: string;
  /** What the program is started for: each use compiles other functions. */
  readonly use: string;
  /** Calls back when the program ends. */
  readonly onEnd: (act: () => void) => void;
}

const MAGIC = 'TOWC0001';
/** What nobody started for so long goes when something new is kept. */
const STALE_MILLISECONDS = 30 * 24 * 3600_000;

/** Node's loader of CommonJS files, as far as it matters here (`lib/internal/modules/cjs/loader.js`, the same since Node.js 0.12; 22.1 and newer keep compiled code themselves). */
interface Loader {
  prototype: { _compile(this: object, text: string, path: string): unknown };
}

/**
 * Keeps what V8 makes of the program's own text, so that the next start for the same use need not compile it: 20 ms less of 60 (docs/decisions/bundle.md).
 * A memory that is damaged, of another V8 or of other files is as good as none; nothing here can fail a start.
 */
export function keepCompiled({ program, folder, engine, use, onEnd }: CompiledOptions): void {
  if (nativeCache !== undefined) return void nativeCache(folder);
  const file = join(folder, `${engine}-${use}.bin`);
  const kept = readKept(file);
  const scripts = new Map<string, Script>();
  let isNews = false;
  const loader = (module as unknown as { readonly Module: Loader }).Module;
  const plain = loader.prototype._compile;
  loader.prototype._compile = function compileOwn(text, path) {
    if (dirname(path) !== program) return plain.call(this, text, path);
    const name = basename(path);
    const cachedData = kept.get(name);
    const script = new Script(module.wrap(text), { filename: path, ...(cachedData && { cachedData }) });
    scripts.set(name, script);
    isNews ||= cachedData === undefined || script.cachedDataRejected === true;
    const self = this as { readonly exports: object };
    const run = script.runInThisContext() as (...given: readonly unknown[]) => unknown;
    return run.call(self.exports, self.exports, module.createRequire(path), self, path, program);
  };
  onEnd(() => { if (isNews) writeKept(file, scripts); });
}

const nativeCache = (module as { readonly enableCompileCache?: (folder: string) => unknown }).enableCompileCache;

function readKept(file: string): ReadonlyMap<string, Buffer> {
  const bytes = readOrNothing(file);
  if (bytes === undefined || bytes.length < 12 || bytes.toString('latin1', 0, 8) !== MAGIC) return new Map();
  const end = 12 + bytes.readUInt32LE(8);
  const kept = new Map<string, Buffer>();
  let at = end;
  for (const line of bytes.toString('latin1', 12, end).split('\n')) {
    const [name = '', size = ''] = line.split('\t');
    const next = at + Number(size);
    if (!(next <= bytes.length)) return new Map();
    kept.set(name, bytes.subarray(at, next));
    at = next;
  }
  return kept;
}

function writeKept(file: string, scripts: ReadonlyMap<string, Script>): void {
  const parts = [...scripts].map(([name, script]) => ({ name, data: script.createCachedData() }));
  const names = Buffer.from(parts.map(({ name, data }) => `${name}\t${data.length}`).join('\n'), 'latin1');
  const head = Buffer.alloc(12);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(names.length, 8);
  const temporary = `${file}.${parts.length}-${names.length}-${Math.floor(performance.timeOrigin)}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    sweep(dirname(file), performance.timeOrigin - STALE_MILLISECONDS);
    writeFileSync(temporary, Buffer.concat([head, names, ...parts.map(({ data }) => data)]), { flag: 'wx', mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    // A full disk or a folder that cannot be written costs the next start its 20 ms, no more.
    requireSystemError(error);
  }
}

function sweep(folder: string, before: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).mtimeMs < before) rmSync(path);
  }
}

function readOrNothing(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    requireSystemError(error);
    return undefined;
  }
}

function requireSystemError(error: unknown): void {
  if (!(error instanceof Error && 'syscall' in error)) throw error;
}

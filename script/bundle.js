/**
 * Makes dist/bin, the program `tow` as few files, of dist/src, what the compiler wrote: a start reads a handful of chunks
 * instead of some 200 modules. Why and how much: docs/decisions/bundle.md.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const [source, target] = [join(project, 'dist/src'), join(project, 'dist/bin')];
const CHUNKS = 'chunks';
/** What is loaded late, by few, or has files of its own beside it stays a package. */
const external = [/^@aws-sdk\//, '@azure/identity', 'bullmq', 'google-auth-library', 'ioredis', 'kerberos', 'pg', 'ssh2', 'yaml'];
/** What that many of the commands and drivers share is one chunk: reading it whole is cheaper than the right parts of it. */
const SHARED_BY = 4;
/** Many commands, and none of them one of DVC's: who does not ask for them does not read them, nor the packages that only they need. */
const APART = [
  { name: 'clearml', test: /\/dist\/src\/(?:clearml\/|cli\/(?:open-clearml|clearml-folders)\.js)/ },
  { name: 'pods', test: /\/dist\/src\/(?:pods\/|storage\/archive\/|cli\/open-pods\.js)|\/node_modules\/(?:yauzl|pend|buffer-crc32)\// },
];
/** What is asked most has nothing to do most of the time: all it reads to find that out is one chunk, and little else. */
const FIRST = ['cli/run.js', 'cli/commands/status.js', 'cli/commands/data-status.js', 'drivers/local/index.js'];
const LATE = ['child_process', 'crypto', 'module', 'os', 'stream', 'stream/promises', 'timers/promises', 'tty', 'util', 'v8', 'zlib'];
const STALE_MILLISECONDS = 3600_000;

const first = reachedFrom(FIRST.map((file) => join(source, file)));
const isFirst = (id) => !id.includes('/cli/commands/') && first.has(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? id);
const program = await build({ run: join(source, 'cli/run.js') }, {
  entryFileNames: `${CHUNKS}/[name]-[hash].js`, chunkFileNames: `${CHUNKS}/[name]-[hash].js`, codeSplitting: { groups: [{ name: 'first', test: isFirst, priority: 1 }, { name: 'core', test: (id) => !APART.some(({ test }) => test.test(id)), minShareCount: SHARED_BY }, ...APART.map((group) => ({ ...group, minShareCount: SHARED_BY }))] },
});
// A worker thread starts with what it needs and nothing of the core.
const worker = await build({ worker: join(source, 'disk/worker.js') }, { entryFileNames: `${CHUNKS}/worker.js` });
const confirmer = await build({ worker: join(source, 'disk/confirm-worker.js') }, { entryFileNames: `${CHUNKS}/confirm-worker.js` });
const follower = await build({ worker: join(source, 'disk/follow-worker.js') }, { entryFileNames: `${CHUNKS}/follow-worker.js` });
const writer = await build({ worker: join(source, 'disk/write-worker.js') }, { entryFileNames: `${CHUNKS}/write-worker.js` });
const run = program.find(({ isEntry }) => isEntry).fileName;
const door = await build({ main: join(source, 'cli/main.js') }, { entryFileNames: 'main.js', chunkFileNames: `${CHUNKS}/[name]-[hash].js`, paths: (id) => (id.endsWith('run.js') ? `./${run}` : id) }, ['./run.js']);

const files = new Map([...program, ...worker, ...confirmer, ...follower, ...writer, ...door].map(({ fileName, code }) => [fileName, code]));
files.set('package.json', '{ "type": "commonjs" }\n').set('THIRD-PARTY-LICENSES.txt', licenses(program));
mkdirSync(join(target, CHUNKS), { recursive: true });
// The door comes last and old chunks stay a while: a program that runs during the build still finds the chunks it was built with.
for (const [name, text] of [...files].sort(([a], [b]) => Number(a === 'main.js') - Number(b === 'main.js'))) replace(join(target, name), text);
for (const name of readdirSync(join(target, CHUNKS))) {
  const path = join(target, CHUNKS, name);
  if (!files.has(`${CHUNKS}/${name}`) && Date.now() - statSync(path).mtimeMs > STALE_MILLISECONDS) rmSync(path);
}

async function build(input, output, outside = []) {
  const bundle = await rolldown({ input, platform: 'node', external: [...external, ...outside], onLog: (_level, log) => { throw new Error(log.message); } });
  try {
    // A real import() in code that V8 takes from a cache has lost who asks for it (Node.js 20.20).
    const plain = { format: 'cjs', dynamicImportInCjs: false, minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } } };
    return (await bundle.generate({ ...plain, ...output })).output.map(({ code, ...chunk }) => ({ ...chunk, code: withLateModules(inAscii(code)) }));
  } finally {
    await bundle.close();
  }
}

/** A file with one sign beyond Latin-1 takes twice the memory, and longer to read. */
function inAscii(code) {
  if (/\\[^\0-\x7f]/.test(code)) throw new Error('a sign that is not ASCII stands behind a backslash: write it as \\u....');
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What of Node.js costs a start milliseconds is loaded when it is first used: many a command never does. Where a chunk uses one in any other way than by its members, it is loaded at once, as it is written. */
function withLateModules(code) {
  return LATE.reduce((text, name) => {
    const [declaration, variable = ''] = new RegExp(`let (\\w+)=require\\("node:${name}"\\);`).exec(text) ?? [];
    if (declaration === undefined) return text;
    const rest = text.replace(declaration, '');
    if (new RegExp(`\\b${variable}\\b(?!\\.\\w)`).test(rest)) return text;
    const late = `let ${variable}_loaded;const ${variable}=()=>${variable}_loaded??=require("node:${name}");`;
    return text.replace(declaration, '').replaceAll(new RegExp(`\\b${variable}(?=\\.)`, 'g'), `${variable}()`).replace(/^(?:#!.*\n)?/, (line) => line + late);
  }, code);
}

/** The files that are read with these before anything is imported on the way, and the names of packages. */
function reachedFrom(files) {
  const reached = new Set(files);
  for (const file of reached) {
    if (!file.startsWith(source)) continue;
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b.*?["']([^"']+)["'];$/gm)) {
      if (!name.startsWith('node:')) reached.add(name.startsWith('.') ? join(dirname(file), name) : name);
    }
  }
  return reached;
}

function replace(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, text, { mode: path.endsWith('main.js') ? 0o755 : 0o644 });
  renameSync(temporary, path);
}

/** The licence texts of the packages whose code the chunks hold, as those licences ask for. */
function licenses(chunks) {
  const packages = new Set(chunks.flatMap(({ moduleIds }) => moduleIds.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [])));
  const texts = [...packages].sort((a, b) => (a < b ? -1 : 1)).map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file to pass on`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return `The chunks beside this file hold code of these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

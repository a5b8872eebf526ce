import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

import { makeFolders } from '../../disk/folders.ts';
import { nodeDisk } from '../../disk/node.ts';
import { listFolder, readFile } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { TowlineError } from '../../errors.ts';
import { type Context, defineCommand } from '../command.ts';
import { openStandardStream } from '../standard-stream.ts';

/** At once, as the commands that are started here write for themselves. */
const out = openStandardStream(1);

/** A step: a command line that is shown and then run in a folder of the demo, or something that happens. */
type Step =
  | { readonly say: string }
  | { readonly run: readonly string[]; readonly in: string; readonly fails?: true }
  | { readonly act: (folder: string) => void };

const SAMPLES = 12;

const STEPS: readonly Step[] = [
  { say: 'A data scientist starts a repository and tracks a directory of data.' },
  { run: ['git', 'init', '--quiet', '.'], in: 'alice' },
  { run: ['tow', 'init', '--quiet'], in: 'alice' },
  { act: makeData },
  { run: ['tow', 'add', 'data'], in: 'alice' },
  { run: ['tow', 'remote', 'add', '-d', 'storage', '../storage'], in: 'alice' },
  { run: ['git', 'add', '--all'], in: 'alice' },
  { run: ['git', 'commit', '--quiet', '-m', 'Track data'], in: 'alice' },
  { run: ['tow', 'push'], in: 'alice' },
  { run: ['tow', 'push'], in: 'alice' },
  { say: 'A colleague clones the repository and gets the data.' },
  { run: ['git', 'clone', '--quiet', 'alice', 'bob'], in: '.' },
  { run: ['tow', 'status', '-c'], in: 'bob' },
  { run: ['tow', 'pull', '--quiet'], in: 'bob' },
  { run: ['tow', 'status'], in: 'bob' },
  { say: 'One bit of one object on the remote goes bad. The next to pull must not get it.' },
  { act: damageObject },
  { run: ['git', 'clone', '--quiet', 'alice', 'carol'], in: '.' },
  { run: ['tow', 'pull', '--quiet'], in: 'carol', fails: true },
  { say: 'The damaged file was refused, all others arrived. Whoever has the good one takes the bad one away and pushes again.' },
  { act: removeDamaged },
  { run: ['tow', 'push'], in: 'alice' },
  { run: ['tow', 'pull'], in: 'carol' },
  { run: ['tow', 'status'], in: 'carol' },
];

export const demo = defineCommand({
  positionals: [],
  flags: {},
  examples: ['tow demo'],
  async run(_input, context) {
    const random = Buffer.from(context.randomBytes(4)).toString('hex');
    const folder = `${tmpdir()}/towline-demo-${random}`;
    for (const name of ['alice', 'storage']) makeFolders(nodeDisk, `${folder}/${name}`);
    for (const step of STEPS) await take(step, folder, context);
    return { folder };
  },
  *text({ folder }) {
    yield* ['', `All of it lies in ${folder}. Try there:`, `  cd ${folder}/alice`, '  echo more >> data/00.txt && tow status', "  tow commit -f && tow push", '  tow --help'];
  },
});

async function take(step: Step, folder: string, context: Context): Promise<void> {
  if ('say' in step) out.write(`\n# ${step.say}\n`);
  else if ('act' in step) step.act(folder);
  else await runStep(step, folder, context);
}

async function runStep(step: Extract<Step, { run: readonly string[] }>, folder: string, context: Context): Promise<void> {
  const [program = '', ...words] = step.run;
  out.write(`${step.in === '.' ? '' : step.in}$ ${step.run.join(' ')}\n`);
  const own = program === 'tow' ? [process.execPath, fileURLToPath(new URL('../main.js', import.meta.url))] : [program];
  const code = await exitOf([...own, ...words], { cwd: `${folder}/${step.in}`, env: demoEnvironment(context, folder) });
  if ((code !== 0) === (step.fails ?? false)) return;
  throw new TowlineError('UNKNOWN', `'${step.run.join(' ')}' ended with ${code}`, { hint: `The demo stops here. Its folder is ${folder}.` });
}

/** The demo is the same on every machine: settings of the user and the system are left out. */
function demoEnvironment(context: Context, folder: string): Readonly<Record<string, string | undefined>> {
  const person = { GIT_AUTHOR_NAME: 'Alice', GIT_AUTHOR_EMAIL: 'alice@example.com', GIT_COMMITTER_NAME: 'Alice', GIT_COMMITTER_EMAIL: 'alice@example.com' };
  return { ...context.env, ...person, HOME: folder, XDG_CONFIG_HOME: `${folder}/.config`, XDG_CONFIG_DIRS: `${folder}/.config`, GIT_CONFIG_NOSYSTEM: '1' };
}

function exitOf([program = '', ...words]: readonly string[], options: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> }): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(program, words, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (cause) => fail(new TowlineError('NOT_FOUND', `cannot run '${program}'`, { cause, hint: `Install '${program}' and try again.` })));
    child.on('close', (code) => done(code ?? 255));
  });
}

function makeData(folder: string): void {
  out.write(`alice: ${SAMPLES} small files and one of 8 MiB are put into data/\n`);
  makeFolders(nodeDisk, `${folder}/alice/data`);
  for (let at = 0; at < SAMPLES; at++) replaceFile(nodeDisk, `${folder}/alice/data/${String(at).padStart(2, '0')}.txt`, `sample ${at}\n`, { durable: false });
  replaceFile(nodeDisk, `${folder}/alice/data/weights.bin`, new Uint8Array(8 * 2 ** 20).fill(7), { durable: false });
}

/** An object of the remote that is a file, not a listing: always the same one, as the data is. */
function victim(folder: string): string {
  const objects = `${folder}/storage/files/md5`;
  const [prefix = ''] = listFolder(objects).map(({ name }) => name).filter((name) => listFolder(`${objects}/${name}`).some((one) => !one.name.endsWith('.dir'))).sort();
  const [rest = ''] = listFolder(`${objects}/${prefix}`).map(({ name }) => name).filter((name) => !name.endsWith('.dir')).sort();
  return `${objects}/${prefix}/${rest}`;
}

function damageObject(folder: string): void {
  const path = victim(folder);
  const bytes = Buffer.from(readFile(path) ?? []);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  replaceFile(nodeDisk, path, bytes);
  out.write(`the first bit of ${path.slice(folder.length + 1)} is flipped\n`);
}

function removeDamaged(folder: string): void {
  const path = victim(folder);
  nodeDisk.remove(path);
  out.write(`$ rm ${path.slice(folder.length + 1)}\n`);
}

/** What two programs do in one repository, told once and played by different casts. */
export interface Story {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Who does what; without it the usual casts. */
  readonly who?: readonly Cast[];
  /** 'git': `init` in a Git repository with the remote as its default (usual); 'empty': an empty Git repository; 'bare': an empty folder. */
  readonly start?: 'git' | 'empty' | 'bare';
  /** Where the repository lies below the folder of a machine. */
  readonly below?: string;
  /** Played on every kind of remote, not only on a folder. */
  readonly isCore?: boolean;
  /** What is left out of the pictures of workspace and cache, with its reason. */
  readonly without?: { readonly path: RegExp; readonly reason: string };
}

/** A program under test. */
export type Actor = 'dvc' | 'tow';
/** Who does each command: by its number, or by the machine it is done on. */
export interface Cast { readonly name: string; actor(command: number, machine: Machine): Actor }
/** Alice's machine has the repository first; Bob's is a clone of it. */
export type Machine = 'alice' | 'bob';

/**
 * A command line of `dvc` and `tow` without the program's name, with 'bob:' in front when it is done on the other machine; 'git ...' is a
 * Git command; 'clone' gives Bob his repository.
 */
export type Step = string | Command | Change;
export interface Command {
  readonly run: readonly string[];
  readonly on?: Machine;
  /** The folder it is done in, below the repository. */
  readonly below?: string;
  /** Exit codes where DVC says 0 although not all was done, or that are not 0. */
  readonly ends?: Readonly<Record<Actor, number>>;
  /** Why the words on stdout are not compared. */
  readonly worded?: string;
}
/** Something that people do to files. */
export interface Change { readonly on?: Machine; change(folder: string): void }

/** A step taken apart. */
export type Parsed =
  | { readonly kind: 'command'; readonly machine: Machine; readonly command: Command }
  | { readonly kind: 'git'; readonly machine: Machine; readonly args: readonly string[] }
  | { readonly kind: 'clone' }
  | { readonly kind: 'change'; readonly machine: Machine; readonly change: Change };

export function parseStep(step: Step): Parsed {
  if (typeof step !== 'string') return 'run' in step ? { kind: 'command', machine: step.on ?? 'alice', command: step } : { kind: 'change', machine: step.on ?? 'alice', change: step };
  const isBob = step.startsWith('bob: ');
  const machine = isBob ? 'bob' : 'alice';
  const words = (isBob ? step.slice(5) : step).split(' ');
  if (words[0] === 'clone') return { kind: 'clone' };
  return words[0] === 'git' ? { kind: 'git', machine, args: words.slice(1) } : { kind: 'command', machine, command: { run: words } };
}

const all = (actor: Actor): Cast => ({ name: `${actor} alone`, actor: () => actor });
const other = (actor: Actor): Actor => (actor === 'dvc' ? 'tow' : 'dvc');
const turns = (first: Actor): Cast => ({ name: `${first} and ${other(first)} by turns`, actor: (command) => (command % 2 === 0 ? first : other(first)) });
const machines = (alice: Actor): Cast => ({ name: `Alice with ${alice}, Bob with ${other(alice)}`, actor: (_command, machine) => (machine === 'alice' ? alice : other(alice)) });

/** How a story is played: one cast says how it ends, and all others must end it so. */
export interface Casting { readonly judge: Cast; others(story: Story): readonly Cast[] }

/** DVC alone is the judge. Of a short story ('init' counts) there is every other cast, of a long one those that differ in who reads what the other wrote. */
export const usual: Casting = {
  judge: all('dvc'),
  others(story) {
    if (story.who) return story.who;
    const commands = story.steps.map(parseStep).filter((step) => step.kind === 'command');
    const count = commands.length + ((story.start ?? 'git') === 'git' ? 1 : 0);
    if (count <= 3) return Array.from({ length: 2 ** count - 1 }, (_, index) => castOfBits(index + 1, count));
    const hasBob = commands.some(({ machine }) => machine === 'bob');
    return hasBob ? [all('tow'), turns('dvc'), machines('dvc'), machines('tow')] : [all('tow'), turns('dvc'), turns('tow')];
  },
};
/** Where a story is dear: Towline alone, and each program on a machine of its own. */
export const few: Casting = { judge: all('dvc'), others: () => [all('tow'), machines('dvc'), machines('tow')] };
/** Where it is very dear: each reads what the other wrote, and both must end equal. */
export const crossed: Casting = { judge: machines('dvc'), others: () => [machines('tow')] };

function castOfBits(bits: number, count: number): Cast {
  const actors = Array.from({ length: count }, (_, index): Actor => ((bits >> index) & 1 ? 'tow' : 'dvc'));
  return { name: actors.join(', '), actor: (command) => actors[command] ?? 'dvc' };
}

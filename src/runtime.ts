/** What long work says of itself meanwhile. What comes out of it is its result, never this. */
export type Progress =
  | { readonly kind: 'phase'; readonly name: string; readonly files?: number; readonly bytes?: number }
  | { readonly kind: 'advance'; readonly files: number; readonly bytes: number; readonly label?: string };

/** The machine a process runs on. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** The home folder of the user. */
  readonly home: string;
  /** Processor cores this process may use. */
  readonly processors: number;
}

/** Time and chance. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after `milliseconds`; rejects with ABORTED as soon as `signal` fires. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Stops this thread, and all that runs on it, for so many milliseconds. Absent where it is not ours alone. */
  readonly pause?: (milliseconds: number) => void;
}

/** Who is told, and who can be asked. */
export interface Audience {
  /** Absent when nobody can answer (no terminal, --no-input). ABORTED when `signal` fires first: the answer has come another way. */
  readonly ask?: (question: { readonly text: string; readonly secret: boolean; readonly signal?: AbortSignal }) => Promise<string>;
  /** Shows a web page in the person's browser and does not wait for it. Absent where there is none. */
  readonly browse?: (url: string) => void;
  /** Absent where nobody watches. */
  readonly report?: (progress: Progress) => void;
  /** Lines for `-v`: what is asked of whom. Absent where nobody listens. */
  readonly trace?: (line: string) => void;
  readonly warn: (warning: { readonly code: string; readonly text: string }) => void;
}

/** A program of this machine and its words, run without a shell between. */
export interface ProgramRun {
  readonly program: string;
  readonly words: readonly string[];
  readonly timeoutSeconds: number;
  /** What it reads; without it there is nothing to read. */
  readonly input?: string;
  readonly signal?: AbortSignal;
}
/** How a program ended. `code` is undefined where it had none: it was stopped. */
export interface ProgramEnd {
  readonly code: number | undefined;
  readonly isTooLate: boolean;
  readonly stdout: string;
  readonly stderr: string;
}
/** Whether and how programs may be started. */
export interface Programs {
  /** Runs a program with the environment of this process. NOT_FOUND where it cannot be started. Absent where none may be. */
  readonly runProgram?: (run: ProgramRun) => Promise<ProgramEnd>;
}

/** A process, as others see it that write to the same disk. */
export interface ProcessName {
  readonly host: string;
  readonly pid: number;
}

/** This process among the others. */
export interface Processes {
  /** Its own name. Absent where it has none to others. */
  readonly self?: ProcessName;
  /** Whether a process of that number is running on this machine. Absent where nobody can tell. */
  readonly isRunning?: (pid: number) => boolean;
}

/** The environment that libraries of the system read by themselves. */
export interface SystemEnvironment {
  /** Sets a variable of the process, or takes it away. Absent where it is not ours to change. */
  readonly setVariable?: (name: string, value: string | undefined) => void;
}

/** What a process lends to the code below it. The only way to the environment, the clock, chance, the person and other programs. */
export interface Runtime extends Machine, Clock, Audience, Programs, Processes, SystemEnvironment {}

/** Two options that cannot stand together: the other's name, and what to say when DVC has words for it. */
export type Exclusion = string | { readonly option: string; readonly words: string };

/** How the value of a key is read, and what help says of it. */
export interface Kind<T> {
  readonly help: string;
  /** Shown in help as the value's form: 'TEXT', 'true|false', 'SECONDS', 'a|b'. */
  readonly form: string;
  readonly initial: T;
  /** Throws INVALID_CONFIG on anything else, in DVC's words, then ", got '...'"; never guesses. */
  parse(text: string): NonNullable<T>;
}
/** One configuration key: everything that help, docs, checking, writing and redaction need to know of it. */
export interface Option<T> extends Kind<T> {
  /** Whose key it is: 'dvc' may stand in `.dvc/config`; 'towline' must not, DVC would refuse the repository. */
  readonly owner: 'dvc' | 'towline';
  readonly secret: boolean;
  /** Relative to the folder of the file it stands in. */
  readonly isPath: boolean;
  /** The value is a command line: it runs only where the user's own level allows it. */
  readonly isCommand: boolean;
  readonly excludes: readonly Exclusion[];
  /** Variables that stand in for the key, the first that is set; `environmentSettings` reads them where a driver does not do so itself. */
  readonly env: readonly string[];
  /** Why the key does nothing any more: it is accepted, with a warning. */
  readonly deprecated?: string;
}
/** What any kind of option may say of itself beyond its help. */
export type Details = Partial<Pick<Option<unknown>, 'owner' | 'secret' | 'isPath' | 'isCommand' | 'excludes' | 'env' | 'deprecated'>>;
/** The options of one driver or section, by key as spelled on disk. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;
/** The values of a table once read. */
export type OptionsOf<T extends OptionTable> = { readonly [K in keyof T]: T[K]['initial'] };

/** One option of a command. Its long name is the key in kebab-case. */
export interface Flag {
  /** 'switch' can also be said as `--no-name`; 'optional' is a string whose value may be left out: `--name` or `--name=value`. */
  readonly type: 'boolean' | 'switch' | 'string' | 'optional' | 'integer';
  readonly short?: string;
  readonly help: string;
  /** Shown in the help as `<value>`. */
  readonly value?: string;
  readonly multiple?: boolean;
  /** Of a `multiple` one: all words up to the next flag are its values, as `nargs="*"` of argparse has it. */
  readonly isGreedy?: boolean;
  readonly choices?: readonly string[];
  /** Flags of one group exclude each other. */
  readonly group?: string;
}

type ValueOf<F extends Flag> = F['type'] extends 'boolean' ? boolean : F['type'] extends 'switch' ? boolean | undefined : F['type'] extends 'integer' ? number | undefined : string | undefined;

/** The values of a table of flags, typed by it. */
export type Values<T extends Flags> = {
  readonly [K in keyof T]: T[K]['multiple'] extends true ? readonly NonNullable<ValueOf<T[K]>>[] : ValueOf<T[K]>;
};
export type Flags = Readonly<Record<string, Flag>>;

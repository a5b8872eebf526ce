import type { Command } from './command.ts';

/** In which part of `tow --help` a command stands. */
export const GROUPS = {
  data: 'Work with data',
  sync: 'Exchange data with a remote',
  remotes: 'Remotes and settings',
  clearml: "ClearML's artifacts, as clearml.conf says",
  pods: 'State of LocalStack',
  repository: 'The repository',
  other: 'Other',
} as const;

/** A command as the help lists it. */
export interface Listed {
  readonly group: keyof typeof GROUPS;
  readonly summary: string;
  load(): Promise<Command>;
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ssh } from '../../src/drivers/ssh/index.ts';
import { readOptions } from '../../src/storage/options.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { openingIn } from '../lent.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';

/** Every optional verb the protocol has. */
export type SshDriver = Driver & Required<Pick<Driver, 'write' | 'list' | 'delete' | 'upload' | 'origin' | 'close'>>;

/** A user's machine: a home folder, an environment, and a person who answers questions. */
export interface Machine {
  readonly home: string;
  /** Questions asked so far. */
  readonly questions: string[];
  readonly warnings: string[];
  /** Writes a file into ~/.ssh. */
  write(name: string, text: string): string;
  open(url: string, settings?: Readonly<Record<string, string>>): Promise<SshDriver>;
  remove(): Promise<void>;
}
export interface MachineOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Answers in turn; without any there is nobody to ask. */
  readonly answers?: readonly string[];
}

export function createMachine({ env = {}, answers }: MachineOptions = {}): Machine {
  const home = temporaryFolder('home');
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  const [questions, warnings, drivers]: [string[], string[], SshDriver[]] = [[], [], []];
  const ask = async ({ text }: { readonly text: string }): Promise<string> => answers?.[questions.push(text) - 1] ?? '';
  return {
    home, questions, warnings,
    write(name, text) {
      const file = join(home, '.ssh', name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
    async open(url, settings = {}) {
      const opening = openingIn(home);
      const placed = new Map(Object.entries(settings).map(([key, value]) => [key, { value, place: 'test' }]));
      const driver = await ssh.open(ssh.parse(url), readOptions(ssh.options, placed), {
        ...opening, env: { ...opening.env, PATH: process.env['PATH'], ...env }, warn: ({ text }) => { warnings.push(text); }, ...(answers && { ask }),
      }) as SshDriver;
      drivers.push(driver);
      return driver;
    },
    async remove() {
      for (const driver of drivers) await driver.close();
      removeFolder(home);
    },
  };
}

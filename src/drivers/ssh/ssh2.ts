import { TowlineError } from '../../errors.ts';

/** The ssh2 package. */
export type Ssh2 = typeof import('ssh2');

/** Loads ssh2. It is an optional peer because it comes with a script that compiles at installation; nothing here needs what that makes. */
export async function loadSsh2(load: () => Promise<{ readonly default: Ssh2 }> = async () => await import('ssh2')): Promise<Ssh2> {
  try {
    return (await load()).default;
  } catch (cause) {
    throw new TowlineError('UNSUPPORTED', "SSH remotes need the package 'ssh2', which is not installed", {
      cause, hint: "npm install ssh2 (or set 'transport = openssh' to use the ssh program of this machine).",
    });
  }
}
